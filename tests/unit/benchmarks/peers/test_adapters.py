"""Each adapter gives the labels that its model means, or the reason why it does not run."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.tiny_models import HEIGHT, SPEC, WIDTH, expected_scores, random_tensor, write_onnx
from unetkit.benchmarks.peers.catalog import PEERS
from unetkit.benchmarks.peers.installation import installed_bytes
from unetkit.benchmarks.peers.peer import PeerRequest, PeerUnavailableError

PERSON = ("background", "person")
NOTHING = PeerRequest(onnx=None, tflite=None, checkpoint=None, threads=1, class_names=PERSON)


@pytest.mark.parametrize("name", ["unetkit-onnx", "onnxruntime", "cv2.dnn", "openvino"])
def test_engines_that_read_onnx_give_the_network_s_labels_at_its_own_size(name: str, tmp_path: Path) -> None:
    if name == "openvino":
        pytest.importorskip("openvino")
    request = replace(NOTHING, onnx=write_onnx(tmp_path / "model.onnx"), class_names=SPEC.class_names)
    peer = PEERS[name].open(request)
    for seed in range(3):
        tensor = random_tensor(seed)
        found = peer.labels(peer.infer(peer.prepare(tensor[0])), (HEIGHT, WIDTH))
        np.testing.assert_array_equal(found, expected_scores(tensor).argmax(-1))
        assert found.dtype == np.uint8


@pytest.mark.parametrize("name", ["unetkit-onnx", "onnxruntime"])
@pytest.mark.parametrize("hw", [(30, 50), (9, 7)])
def test_a_frame_of_another_size_gets_labels_of_its_size(name: str, hw: tuple[int, int], tmp_path: Path) -> None:
    request = replace(NOTHING, onnx=write_onnx(tmp_path / "model.onnx"), class_names=SPEC.class_names)
    peer = PEERS[name].open(request)
    flat = np.full((*hw, 3), (0, 255, 0), np.uint8)
    expected = expected_scores(np.full((1, 1, 1, 3), (0, 255, 0), np.uint8)).argmax(-1)
    np.testing.assert_array_equal(peer.labels(peer.infer(peer.prepare(flat)), hw), np.full(hw, expected.item()))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("unetkit-tflite", "no TFLite model was given"),
        ("unetkit-onnx", "no ONNX model was given"),
        ("litert", "no TFLite model was given"),
        ("onnxruntime", "no ONNX model was given"),
        ("openvino", "no ONNX model was given"),
        ("cv2.dnn", "no ONNX model was given"),
        ("keras-predict", "no Keras checkpoint"),
        ("ultralytics", "carries no weights"),
    ],
)
def test_a_peer_that_cannot_run_says_why(name: str, words: str) -> None:
    with pytest.raises(PeerUnavailableError, match=words):
        PEERS[name].open(NOTHING)


@pytest.mark.parametrize("name", ["mediapipe-selfie", "rembg", "ultralytics"])
def test_a_model_of_people_is_not_scored_on_something_else(name: str) -> None:
    with pytest.raises(PeerUnavailableError, match="it finds people, and the classes here are cat, dog"):
        PEERS[name].open(replace(NOTHING, class_names=("cat", "dog")))


def test_rembg_s_weights_are_used_where_they_lie_and_never_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    with pytest.raises(PeerUnavailableError, match=r"u2netp\.onnx is downloaded at first use"):
        PEERS["rembg"].open(NOTHING)


def test_a_package_s_size_is_its_files_and_those_of_what_it_requires() -> None:
    numpy_bytes, cv2_bytes = installed_bytes("numpy"), installed_bytes("opencv-python")
    assert numpy_bytes is not None
    assert cv2_bytes is not None
    assert cv2_bytes > numpy_bytes > 5_000_000  # OpenCV requires numpy
    assert installed_bytes("no-such-package") is None
