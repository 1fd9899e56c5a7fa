"""Two tiny candidates, made, timed and chosen from as the real ones are."""

import json
from pathlib import Path

import pytest

from tests.tf.trainer.tinynetwork import use_tiny
from unetkit.benchmarks.bench import bench
from unetkit.benchmarks.frames import FrameSet
from unetkit.contract.artifact import read_spec
from unetkit.errors import UsageError
from unetkit.selection.capability import Candidate, candidates
from unetkit.selection.making import facts, publish_candidates
from unetkit.selection.plan import SelectionPlan
from unetkit.selection.work import multiply_adds
from unetkit.trainer.config import TrainConfig

pytestmark = pytest.mark.tf

SIZES = (32, 64)
TINY = tuple(Candidate(network="edge", size=size) for size in SIZES)
# a 3x3 convolution 3 -> 4 at half the size, and a 1x1 one 4 -> 3 at full size
WORK = {size: (size // 2) ** 2 * 3 * 3 * 3 * 4 + size**2 * 4 * 3 for size in SIZES}


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny network is the only candidate."""
    use_tiny(monkeypatch)
    monkeypatch.setattr("unetkit.selection.capability.CANDIDATE_NETWORKS", ("edge",))
    monkeypatch.setattr("unetkit.selection.capability.CANDIDATE_SIZES", SIZES)


def plan(profile: Path | None = None, fps: float = 0.001) -> SelectionPlan:
    made = SelectionPlan.of(fps=fps, latency_ms=None, config=TrainConfig(), profile=profile)
    assert made is not None
    return made


def test_on_this_device_candidates_are_made_timed_and_the_one_of_most_work_is_chosen() -> None:
    told: list[str] = []
    selection = plan().select(3, on_step=told.append)
    assert selection.chosen.candidate == TINY[1]
    assert {(row.timing.candidate, row.timing.engine) for row in selection.rows} == {
        (candidate, engine) for candidate in TINY for engine in ("onnx", "tflite")
    }
    assert {row.timing.candidate.size: row.timing.multiply_adds for row in selection.rows} == WORK
    assert told[0] == "making edge at 32, untrained, in int8 (1 of 2)"
    assert "timing 4 models on this device" in told[-1]


def test_candidates_of_another_device_come_back_as_its_profile(tmp_path: Path) -> None:
    folder = tmp_path / "candidates"
    for _ in range(2):  # the second time in place of the first
        files = publish_candidates(folder, candidates(), formats=["tflite"], on_step=lambda _: None)
    assert [path.name for path in files] == ["edge-32.int8.tflite", "edge-64.int8.tflite"]
    assert sorted(folder.iterdir()) == list(files)
    assert read_spec(files[0]).provenance["multiply_adds"] == WORK[32]
    report = bench([folder], frames=FrameSet.generated(count=2), rounds=3)
    profile = tmp_path / "device.json"
    profile.write_text(json.dumps(report.to_dict()))

    selection = plan(profile).select(2, on_step=pytest.fail)
    assert selection.chosen.candidate == TINY[1]
    with pytest.raises(UsageError, match="no network keeps end to end p95 <= 1e-06 ms"):
        _ = plan(profile, fps=1e9).select(3, on_step=pytest.fail).chosen


@pytest.mark.parametrize(("channels", "parameters"), [(3, 3 * 3 * 3 * 4 + 4 * 4 + 4 * 3 + 3), (1, 108 + 16 + 4 + 1)])
def test_the_facts_are_those_of_the_network_as_it_is_built(channels: int, parameters: int) -> None:
    work = 16**2 * 3 * 3 * 3 * 4 + 32**2 * 4 * channels
    assert facts(TINY[0], channels=channels) == (parameters, work)


def test_every_kind_of_convolution_is_counted_where_its_kernel_goes() -> None:
    from keras import Input, Model, layers

    frame = Input((8, 8, 4))
    x = layers.Conv2D(6, 3, strides=2, padding="same", groups=2)(frame)  # 4*4 places, 3*3*2*6 a place
    x = layers.DepthwiseConv2D(5, padding="same")(x)  # 4*4, 5*5*6
    x = layers.SeparableConv2D(8, 3, padding="same")(x)  # 4*4, 3*3*6 + 6*8
    x = layers.BatchNormalization()(x)
    x = layers.Conv2DTranspose(2, 3, strides=2, padding="same")(x)  # 4*4 of its input, 3*3*8*2
    assert multiply_adds(Model(frame, x)) == 16 * (108 + 150 + 54 + 48 + 144)
