"""Weights from elsewhere: Keras' published ones, without a network here, and checkpoints of this project."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unetkit.contract.artifact import write_spec
from unetkit.contract.runfolder import RunFolder
from unetkit.contract.spec import ModelSpec
from unetkit.data.synthetic import SyntheticDataset
from unetkit.errors import ArtifactError, MissingDependencyError
from unetkit.trainer.networks import NETWORKS
from unetkit.trainer.networks.encoders.applications import APPLICATIONS
from unetkit.trainer.pretrained import load_weights

pytestmark = pytest.mark.tf

SIDE = 64
NOTHING = "https://weights.invalid/file.h5"


def published(name: str, seed: int = 0) -> Any:
    """The application as Keras users have it, with any preprocessing inside, and no weight that is 0 or 1 by luck."""
    import keras

    keras.utils.set_random_seed(seed)
    application = APPLICATIONS[name]
    model = getattr(keras.applications, application.factory)(
        include_top=False, weights=None, input_shape=(SIDE, SIDE, 3)
    )
    random = np.random.default_rng(seed)
    norm = model.get_layer(application.stem[1])
    norm.set_weights([random.uniform(0.5, 2, value.shape) for value in norm.get_weights()])
    return model


def stem_of(model: Any, name: str) -> Any:
    import keras

    return keras.Model(model.inputs, model.get_layer(APPLICATIONS[name].stem[1]).output)


@pytest.mark.parametrize(
    ("name", "form"),
    [("mobilenet_v2", "imagenet"), ("mobilenet_v3_small", ".keras"), ("efficientnet_v2_b0", ".weights.h5")],
)
def test_published_weights_answer_camera_bytes_as_in_keras(
    name: str, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    theirs = published(name)
    file = tmp_path / f"file{'.h5' if form == 'imagenet' else form}"
    (theirs.save_weights if form == ".weights.h5" else theirs.save)(file)
    if form == "imagenet":
        monkeypatch.setattr("keras.src.utils.file_utils.get_file", lambda *_, **__: str(file))
    network = NETWORKS[name]
    ours = network.build(SIDE, SIDE, 3, None)
    taken = load_weights(ours, form if form == "imagenet" else str(file), name)

    weighted = {layer.name for layer in ours.layers if layer.weights}
    assert taken == {layer for layer in weighted if not layer.startswith(("up", "refine", "subpixels"))}
    for layer in sorted(taken - set(APPLICATIONS[name].stem)):
        for given, expected in zip(
            ours.get_layer(layer).get_weights(), theirs.get_layer(layer).get_weights(), strict=True
        ):
            np.testing.assert_array_equal(given, expected)

    pixels = np.random.default_rng(1).integers(0, 256, (2, SIDE, SIDE, 3)).astype(np.float32)
    scaled = keras.applications.mobilenet_v2.preprocess_input(pixels.copy()) if name == "mobilenet_v2" else pixels
    expected = np.asarray(stem_of(theirs, name)(scaled))
    given = np.asarray(stem_of(ours, name)((pixels - network.zero_point) * network.scale))
    # Kernel and mean are rounded once more. A strided 'same' convolution pads below and to the right alone, and there
    # the padding is another grey.
    np.testing.assert_allclose(given[:, :-1, :-1], expected[:, :-1, :-1], atol=2e-5)


def test_without_a_network_the_download_ends_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: Any, **__: Any) -> str:
        raise Exception(f"URL fetch failure on {NOTHING}: None -- [Errno -2] Name or service not known")

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", no_network)
    with pytest.raises(MissingDependencyError) as caught:
        load_weights(None, "imagenet", "mobilenet_v3_small")
    message = str(caught.value)
    assert message.startswith(f"the ImageNet weights of MobileNetV3Small did not come (URL fetch failure on {NOTHING}")
    assert message.endswith("use --weights FILE, or --weights none")
    assert "\n" not in message


def test_a_file_that_does_not_fit_an_application_is_refused_in_one_line(tmp_path: Path) -> None:
    other = published("mobilenet_v3_small")
    other.save(tmp_path / "other.keras")
    other.save_weights(tmp_path / "other.weights.h5")
    (tmp_path / "text.h5").write_text("weights, please")
    (tmp_path / "weights.bin").write_bytes(bytes(64))
    model = NETWORKS["mobilenet_v2"].build(32, 32, 3, None, depth=3)
    before = model.get_weights()
    for name in ("other.keras", "other.weights.h5", "text.h5", "weights.bin"):
        with pytest.raises(ArtifactError, match=rf"{name} (is not of|does not fit) MobileNetV2") as caught:
            load_weights(model, str(tmp_path / name), "mobilenet_v2")
        assert "\n" not in str(caught.value)
    for given, expected in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(given, expected)


def checkpoint(folder: Path, name: str, **shape: Any) -> tuple[RunFolder, Any]:
    """A run as the trainer leaves it, three classes, weights all random."""
    network = NETWORKS[name]
    folder.mkdir(parents=True)
    model = network.build(SIDE, SIDE, 3, None, **shape)
    random = np.random.default_rng(0)
    model.set_weights([random.uniform(0.5, 1, value.shape) for value in model.get_weights()])
    run = RunFolder(folder)
    model.save(run.checkpoint)
    spec = ModelSpec(
        name="run",
        input=network.input_spec(SIDE, depth=shape.get("depth", 0)),
        classes=SyntheticDataset.classes,
        provenance={"network": name},
    )
    write_spec(run.checkpoint, spec)
    return run, model


@pytest.mark.parametrize(("name", "depth"), [("edge-nano", 3), ("lite0", 3), ("mobilenet_v2", 3)])
def test_any_network_starts_from_its_own_checkpoint_with_another_head(
    name: str, depth: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run, trained = checkpoint(tmp_path / "run", name, depth=depth)
    model = NETWORKS[name].build(None, None, 1, None, depth=depth)
    head = model.get_layer("subpixels").get_weights()
    with caplog.at_level(logging.INFO, logger="unetkit"):
        # Empty: its norms go on learning.
        assert load_weights(model, str(run.path), name) == frozenset()
    for layer in model.layers:
        expected = head if layer.name == "subpixels" else trained.get_layer(layer.name).get_weights()
        for given, value in zip(layer.get_weights(), expected, strict=True):
            np.testing.assert_array_equal(given, value)
    layers = sum(bool(layer.weights) for layer in model.layers)
    (record,) = caplog.records
    assert f"weights for {layers - 1} of {layers} layers taken" in record.getMessage()
    assert record.levelno == logging.INFO


def test_a_checkpoint_of_another_width_gives_what_fits_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run, _ = checkpoint(tmp_path / "run", "edge-nano", depth=2)
    model = NETWORKS["edge-nano"].build(None, None, 3, None, depth=2, multiplier=1.2)
    load_weights(model, str(run.checkpoint), "edge-nano")
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "layers taken, the others start at random" in record.getMessage()
    with pytest.raises(
        ArtifactError, match=r"no layer of .*best.keras has the shape of this edge-nano; give its --width"
    ):
        load_weights(NETWORKS["edge"].build(None, None, 1, None, depth=2, multiplier=4), str(run.path), "edge-nano")


def test_checkpoints_of_other_networks_and_other_files_are_refused(tmp_path: Path) -> None:
    run, model = checkpoint(tmp_path / "run", "edge-nano", depth=2)
    model.save(tmp_path / "plain.keras")
    whole = run.checkpoint.read_bytes()
    (tmp_path / "cut.keras").write_bytes(whole[: len(whole) // 2])
    cases = [
        (run.checkpoint, "edge", "is a checkpoint of edge-nano; edge can only start from one of its own"),
        (tmp_path / "plain.keras", "edge-nano", "carries no unetkit spec"),
        (tmp_path / "cut.keras", "edge-nano", "is not a .keras checkpoint, and edge-nano can start from nothing else"),
        (tmp_path / "cut.keras", "lite0", "cannot read PyTorch weights"),
    ]
    for file, name, told in cases:
        with pytest.raises(ArtifactError, match=told):
            load_weights(model, str(file), name)
