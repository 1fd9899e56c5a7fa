"""What every backend promises, whatever engine and precision is behind it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from tests.tf.tiny_models import WRITERS
from tests.tiny_models import HEIGHT, SPEC, WIDTH, expected_scores, random_tensor
from unetkit.contract.artifact import SUFFIXES, Format, files_of, write_spec
from unetkit.errors import ArtifactError, DataError, DeviceError, UsageError
from unetkit.runtime.backends.backend import Backend, Engine
from unetkit.runtime.backends.devices import nvidia_gpus
from unetkit.runtime.backends.opening import ENGINES_OF, open_backend

pytestmark = pytest.mark.tf

ENGINES = tuple(engine for engine in get_args(Engine) if engine != "auto")


@dataclass(frozen=True)
class Case:
    engine: Engine
    form: Format
    precision: str
    tolerance: float

    def __str__(self) -> str:
        return f"{self.engine}-{self.form}-{self.precision}"


CASES = (
    Case("onnx", "onnx", "fp32", 1e-6),  # float32 rounding of sums below 4
    Case("onnx", "onnx", "fp16", 4e-3),  # half precision keeps 11 bits: 2**-11 of values up to 2, a few operations
    Case("onnx", "onnx", "int8", 1 / 64 + 1e-6),  # half a step of its scores, 1/32
    Case("tflite", "tflite", "fp32", 1e-6),
    Case("tflite", "tflite", "fp16", 4e-3),
    Case("tflite", "tflite", "dynamic", 0.05),  # weights are exact, activations in steps of 1/128 summed with weights
    Case("tflite", "tflite", "int8", 0.04),  # steps of about 4/255 in the scores, of 2/255 before, summed with weights
    Case("keras", "keras", "fp32", 1e-6),
    Case("tensorflow", "saved_model", "fp32", 1e-6),
    Case("openvino", "openvino", "fp32", 1e-6),
    Case("openvino", "openvino", "fp16", 4e-3),
    Case("openvino", "openvino", "int8", 1 / 64 + 1e-6),
    Case("openvino", "onnx", "fp32", 1e-6),
    Case("openvino", "onnx", "int8", 1 / 64 + 1e-6),
    Case("openvino", "tflite", "fp32", 1e-6),
    Case("opencv", "onnx", "fp32", 1e-6),
    Case("opencv", "onnx", "int8", 1 / 64 + 1e-6),
)


@pytest.fixture(scope="module", params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    assert isinstance(request.param, Case)
    if "openvino" in {request.param.engine, request.param.form}:
        pytest.importorskip("openvino", reason="OpenVINO is not installed")
    return request.param


@pytest.fixture(scope="module")
def path(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    return WRITERS[case.form](folder / f"model{SUFFIXES.get(case.form, '')}", case.precision)


@pytest.fixture(scope="module")
def backend(path: Path, case: Case) -> Iterator[Backend]:
    backend = open_backend(path, SPEC, engine=case.engine, device="cpu")
    yield backend
    backend.close()


def test_scores_are_those_of_the_formula(backend: Backend, case: Case) -> None:
    tensor = random_tensor(1)
    scores = backend.infer(tensor)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, expected_scores(tensor), rtol=0, atol=case.tolerance)


def test_it_says_what_it_is(backend: Backend, case: Case) -> None:
    assert (backend.engine, backend.device, backend.precision) == (case.engine, "CPU", case.precision)


def test_scores_belong_to_the_caller(backend: Backend) -> None:
    first = backend.infer(random_tensor(1))
    kept = first.copy()
    backend.infer(random_tensor(2))
    np.testing.assert_array_equal(first, kept)


def test_the_tensor_is_not_written_to_and_need_not_be_contiguous(backend: Backend) -> None:
    tensor = random_tensor(3)
    strided = np.zeros((1, HEIGHT, 2 * WIDTH, 3), np.uint8)[:, :, ::2]
    strided[...] = tensor
    np.testing.assert_array_equal(backend.infer(strided), backend.infer(tensor))
    np.testing.assert_array_equal(tensor, random_tensor(3))


@pytest.mark.parametrize(
    "tensor",
    [
        np.zeros((1, HEIGHT, WIDTH, 3), np.float32),
        np.zeros((HEIGHT, WIDTH, 3), np.uint8),
        np.zeros((1, WIDTH, HEIGHT, 3), np.uint8),
        np.zeros((2, HEIGHT, WIDTH, 3), np.uint8),
        np.zeros((1, HEIGHT, WIDTH, 1), np.uint8),
    ],
    ids=lambda tensor: f"{tensor.dtype}-{tensor.shape}",
)
def test_another_tensor_is_refused_and_both_are_named(backend: Backend, tensor: np.ndarray) -> None:
    with pytest.raises(DataError, match=r"takes uint8 \(1, 8, 12, 3\), received (u?int8|float32) \("):
        backend.infer(tensor)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (replace(SPEC, input=replace(SPEC.input, height=16)), "16, 12, 3"),
        (replace(SPEC, input=replace(SPEC.input, height=WIDTH, width=HEIGHT)), "12, 8, 3"),
        (replace(SPEC, classes=SPEC.classes[:2]), "8, 12, 2"),
        (replace(SPEC, classes=SPEC.classes[:2], head="sigmoid"), "8, 12, 1"),
    ],
    ids=["height", "swapped sides", "classes", "head"],
)
def test_a_spec_that_does_not_fit_the_graph_is_found_at_opening(
    path: Path, case: Case, wrong: object, named: str, tmp_path: Path
) -> None:
    other = copied(path, tmp_path)
    assert isinstance(wrong, type(SPEC))
    write_spec(other, wrong)
    with pytest.raises(ArtifactError, match=named):
        open_backend(other, wrong, engine=case.engine, device="cpu")


@pytest.mark.skipif(nvidia_gpus() > 0, reason="this machine has a GPU")
@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_a_device_that_is_not_there_is_an_error(path: Path, case: Case, device: str) -> None:
    with pytest.raises(DeviceError, match=device):
        open_backend(path, SPEC, engine=case.engine, device=device)  # type: ignore[arg-type]


def test_an_engine_that_does_not_fit_the_file_is_an_error(path: Path, case: Case) -> None:
    for engine in ENGINES:
        if engine not in ENGINES_OF[case.form]:
            with pytest.raises(UsageError, match=f"engine {engine} cannot run"):
                open_backend(path, SPEC, engine=engine)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_off_anywhere_is_an_error(path: Path, case: Case, share: float, tmp_path: Path) -> None:
    for file in files_of(path):
        cut = copied(path, tmp_path)
        broken = tmp_path / file.relative_to(path.parent)
        content = file.read_bytes()
        broken.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(ArtifactError):
            open_backend(cut, SPEC, engine=case.engine, device="cpu")


def test_a_bit_flipped_anywhere_is_an_error_or_changes_nothing(path: Path, case: Case, tmp_path: Path) -> None:
    tensor = random_tensor(1)
    generator = np.random.default_rng(0)
    for _ in range(10):
        for file in files_of(path):
            damaged = copied(path, tmp_path)
            broken = bytearray(file.read_bytes())
            broken[generator.integers(min(16, len(broken) - 1), len(broken))] ^= 1 << int(generator.integers(8))
            (tmp_path / file.relative_to(path.parent)).write_bytes(broken)
            try:
                backend = open_backend(damaged, SPEC, engine=case.engine, device="cpu")
            except ArtifactError:
                continue
            np.testing.assert_allclose(backend.infer(tensor), expected_scores(tensor), rtol=0, atol=case.tolerance)


def copied(path: Path, folder: Path) -> Path:
    for file in files_of(path):
        copy = folder / file.relative_to(path.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    return folder / path.name
