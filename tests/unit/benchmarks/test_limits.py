"""Multiply-adds counted by hand, levels told from shapes, a roofline by arithmetic, a peak that can be run."""

from pathlib import Path

import numpy as np
import pytest

from tests.tiny_models import write_onnx
from tests.unit.benchmarks.fakes import grey_frames
from unetkit.benchmarks import peak as peak_module
from unetkit.benchmarks.bench import BenchReport, bench
from unetkit.benchmarks.matmul_model import matmul_model
from unetkit.benchmarks.nodetime import Shape
from unetkit.benchmarks.onnx_profile import profiled_nodes
from unetkit.benchmarks.openvino_profile import profiled_operators
from unetkit.benchmarks.operators import OperatorTime, _levels, by_level
from unetkit.benchmarks.peak import Peak, measure_peak
from unetkit.benchmarks.roofline import roofline
from unetkit.benchmarks.work import LayerWork, work_of
from unetkit.runtime.builtin import builtin_models

PEAK = Peak(threads=2, float_gmacs=20.0, int8_gmacs=80.0, copies=((1000, 50.0), (100_000, 10.0)))


def layer(multiply_adds: int, moved_bytes: int) -> LayerWork:
    return LayerWork(
        name="a", kind="Conv", multiply_adds=multiply_adds, weight_bytes=moved_bytes // 2, moved_bytes=moved_bytes
    )


@pytest.mark.parametrize(("precision", "size"), [("fp32", 4), ("fp16", 2), ("int8", 1)])
def test_the_work_of_a_convolution_is_the_hand_count(tmp_path: Path, precision: str, size: int) -> None:
    (found,) = work_of(write_onnx(tmp_path / "model.onnx", precision), precision)
    # 8 x 12 places, a 1x1 kernel from 3 to 3 channels; 9 weights, 8 * 12 * 3 numbers in and as many out
    assert (found.kind, found.multiply_adds, found.weight_bytes) == ("Conv", 8 * 12 * 9, 9 * size)
    assert found.moved_bytes == (9 + 2 * 8 * 12 * 3) * size


def test_both_formats_of_a_built_in_are_the_same_work_by_two_engines_accounts() -> None:
    pytest.importorskip("ai_edge_litert")
    for model in builtin_models():
        onnx, tflite = (work_of(path, "int8") for path in model.paths(("onnx", "tflite")))
        assert sorted(each.multiply_adds for each in onnx) == sorted(each.multiply_adds for each in tflite)
        weights = sum(each.weight_bytes for each in onnx)  # a byte each
        assert 0.9 * model.parameters < weights <= model.parameters  # which count biases and norms, too


def test_the_profile_has_every_operator_in_its_order_with_a_time(tmp_path: Path) -> None:
    nodes = profiled_nodes(write_onnx(tmp_path / "model.onnx"), threads=1, optimised=False, runs=2)
    assert [node.operator for node in nodes] == ["Cast", "Sub", "Mul", "Transpose", "Conv", "Transpose"]
    assert nodes[4].input_shapes == ((1, 3, 8, 12), (3, 3, 1, 1), (3,))
    assert nodes[4].output_shapes == ((1, 3, 8, 12),)
    assert all(node.mean_us >= 0 for node in nodes)


def test_openvino_s_profile_has_every_convolution_and_what_is_left_of_the_rest() -> None:
    pytest.importorskip("openvino")
    onnx = next(model for model in builtin_models() if model.name == "person").paths(("onnx",))[0]
    nodes = profiled_operators(onnx, threads=1, runs=2)
    stored = profiled_nodes(onnx, threads=1, optimised=False, runs=1)
    # what it fuses is gone, the convolutions are not; which of two branches goes first is the engine's affair
    found, there = ([node.output_shapes[0] for node in each if "Conv" in node.operator] for each in (nodes, stored))
    assert sorted(found) == sorted(there)
    assert len(nodes) < len(stored)
    assert all(node.mean_us > 0 for node in nodes)


def test_levels_are_told_by_resolution_and_turn_at_the_coarsest() -> None:
    outputs: list[list[Shape]] = [
        [(1, 3, 64, 96)],  # (N, C, H, W), the input's size
        [(1, 32, 48, 16)],  # (N, H, W, C), half
        [(1, 16, 16, 24)],  # a quarter; 16 channels are no rows
        [(8,)],  # has no resolution
        [(1, 32, 48, 8)],
        [(1, 3, 64, 96)],
    ]
    assert list(_levels(outputs, (64, 96))) == [
        "encoder 1/1",
        "encoder 1/2",
        "bottleneck 1/4",
        "bottleneck 1/4",
        "decoder 1/2",
        "decoder 1/1",
    ]


def test_times_are_gathered_by_level_in_the_order_of_the_network() -> None:
    rows = [("encoder 1/2", 1.0), ("bottleneck 1/4", 5.0), ("encoder 1/2", 2.0)]
    times = [OperatorTime(name="a", operator="Conv", level=level, mean_us=mean_us) for level, mean_us in rows]
    assert list(by_level(times).items()) == [("encoder 1/2", 3.0), ("bottleneck 1/4", 5.0)]


def test_the_limit_is_the_longer_of_computing_and_moving_layer_by_layer() -> None:
    layers = [layer(40_000_000, 1000), layer(1_000_000, 100_000)]
    # float32: 40e6 / 20e9 = 2 ms against 1000 / 50e9; 1e6 / 20e9 = .05 ms against 100e3 / 10e9 = .01 ms
    line = roofline(layers, PEAK, precision="fp32", infer_ms=4.1)
    assert line is not None
    assert (line.limit_ms, line.share, line.compute_bound) == pytest.approx((2.05, 0.5, 1.0))
    assert (line.multiply_adds, line.moved_bytes, line.weight_bytes) == (41_000_000, 101_000, 50_500)
    assert line.gmacs == pytest.approx(10.0)
    # int8: .5 ms; .0125 against .01
    whole = roofline([layer(40_000_000, 1000), layer(100_000, 100_000)], PEAK, precision="int8", infer_ms=1.02)
    assert whole is not None
    assert (whole.limit_ms, whole.compute_bound) == pytest.approx((0.51, 0.5 / 0.51))
    assert roofline([], PEAK, precision="fp32", infer_ms=1.0) is None


def test_a_machine_without_an_int8_kernel_is_bound_by_its_float_one_and_big_blocks_by_the_slowest_copy() -> None:
    plain = Peak(threads=1, float_gmacs=20.0, int8_gmacs=None, copies=PEAK.copies)
    assert (plain.gmacs("int8"), PEAK.gmacs("int8"), PEAK.gmacs("fp16")) == (20.0, 80.0, 20.0)
    assert [PEAK.gigabytes_s(size) for size in (1, 1000, 1001, 10**9)] == [50.0, 50.0, 10.0, 10.0]


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_the_matmul_model_is_a_valid_one_and_multiplies(precision: str) -> None:
    import onnx
    import onnxruntime

    data = matmul_model(16, precision)
    onnx.checker.check_model(onnx.load_from_string(data), full_check=True)
    left = np.random.default_rng(0).integers(0, 255, (16, 16))
    given = left.astype(np.uint8 if precision == "int8" else np.float32)
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    (product,) = session.run(None, {"left": given})
    np.testing.assert_array_equal(product, np.repeat(left.sum(1)[:, None], 16, 1))  # sums of whole numbers are exact


def test_this_machine_s_peak_can_be_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peak_module, "_SECONDS", 0.01)
    monkeypatch.setattr(peak_module, "_SIDE", 64)
    peak = measure_peak(1)
    assert peak.threads == 1
    assert peak.float_gmacs > 0
    assert [size for size, _ in peak.copies] == [1 << 18, 1 << 21, 1 << 25]
    assert all(speed > 0 for _, speed in peak.copies)


def test_a_copied_block_is_copied_whole_and_its_repeats_are_the_outer_loop() -> None:
    target, source = (peak_module._repeated(300, 5) for _ in range(2))
    source[...] = np.lib.stride_tricks.as_strided(np.arange(700) % 251, source.shape, (64 * 8, 8)).astype(np.uint8)
    peak_module._copied((target, source))
    np.testing.assert_array_equal(target, source)
    # numpy's copy loops over the axis of the smallest step innermost: it has to be the block, byte after byte
    assert 0 < target.strides[1] < target.strides[0]
    assert target.strides == source.strides


def test_a_report_with_limits_is_read_back_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unetkit.benchmarks.limits.measure_peak", lambda threads: PEAK)
    path = write_onnx(tmp_path / "model.onnx")
    report = bench([path], frames=grey_frames(1), rounds=3, device="cpu", threads=(1,), limits=True)
    (times,) = report.artifacts
    assert times.roofline is not None
    assert times.roofline.multiply_adds == 8 * 12 * 9
    assert {each.level for each in times.operators} == {"bottleneck 1/1"}
    assert report.peaks == (PEAK,)
    assert BenchReport.from_dict(report.to_dict()) == report
