"""The study's road with two small versions: what is exchanged, and what is reported of each."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unetkit.benchmarks.frames import bench_frames
from unetkit.data.synthetic import SyntheticDataset
from unetkit.errors import MissingDependencyError
from unetkit.studies import quantised_parts
from unetkit.studies.variants import exchanges, variant
from unetkit.trainer.config import TrainConfig
from unetkit.trainer.networks import NETWORKS

pytestmark = pytest.mark.tf


def _kinds(model: Any) -> set[str]:
    return {type(layer).__name__ for layer in model.layers}


@pytest.mark.parametrize(
    ("version", "gone", "there"),
    [
        ("transposed convolution", "UpSampling2D", "Conv2DTranspose"),
        ("hard swish", "ReLU", "Activation"),
        ("SiLU", "ReLU", "Activation"),
        ("no norm", "BatchNormalization", "Identity"),
    ],
)
def test_a_version_has_one_kind_of_layer_exchanged(version: str, gone: str, there: str) -> None:
    base = NETWORKS["edge-nano"].build(32, 32, 3, None)
    model = variant("edge-nano", "other", exchanges()[version]).build(32, 32, 3, None)
    assert _kinds(base) - _kinds(model) == {gone}
    assert _kinds(model) - _kinds(base) == {there}
    assert len(model.layers) == len(base.layers)


def test_a_version_starts_from_the_weights_of_the_network() -> None:
    import keras

    frames = np.random.default_rng(0).uniform(-1, 1, (1, 32, 32, 3)).astype(np.float32)
    scores = []
    for network in (NETWORKS["edge-nano"], variant("edge-nano", "other", lambda layer: None)):
        keras.utils.set_random_seed(3)
        scores.append(np.asarray(network.build(32, 32, 3, None)(frames)))
    np.testing.assert_array_equal(scores[0], scores[1])


def test_without_openvino_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "openvino", None)
    monkeypatch.setattr(quantised_parts, "exchanges", lambda: {"as it is": lambda layer: None})
    dataset = SyntheticDataset(hw=(32, 32), train=8, validation=4, test=1)
    config = TrainConfig(network="edge-nano", size=32, epochs=1, batch=4, half_size=0.0)
    said: list[str] = []
    with pytest.raises(MissingDependencyError, match="needs OpenVINO, which does not load"):
        quantised_parts.study(dataset, config, tmp_path, frames=bench_frames(None), tell=said.append)
    assert said[0] == "as it is: training"
    assert "edge-nano-0" not in NETWORKS


def test_what_was_trained_and_exported_is_not_trained_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("openvino", reason="the study also measures in OpenVINO")
    monkeypatch.setattr(quantised_parts, "exchanges", lambda: {"as it is": lambda layer: None})
    monkeypatch.setattr(quantised_parts, "SECONDS", 0.2)
    dataset = SyntheticDataset(hw=(32, 32), train=8, validation=4, test=1)
    config = TrainConfig(network="edge-nano", size=32, epochs=1, batch=4, half_size=0.0)
    said: list[str] = []

    def study() -> list[quantised_parts.Part]:
        return quantised_parts.study(dataset, config, tmp_path, frames=bench_frames(None), tell=said.append)

    first = study()
    before = len(said)
    second = study()
    assert said[before:] == ["scoring and timing"]
    assert [(part.engine, part.precision, part.miou) for part in second] == [
        (part.engine, part.precision, part.miou) for part in first
    ]
    assert {(part.engine, part.precision) for part in first} == {
        (engine, precision) for engine in ("onnx", "openvino", "tflite") for precision in ("fp32", "int8")
    }
