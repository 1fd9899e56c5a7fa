"""ONNX files in OpenVINO: its converter's passes, which are private, and a version without them."""

import logging
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from unetkit.runtime.segmenter import Segmenter

pytestmark = pytest.mark.skipif(find_spec("openvino") is None, reason="OpenVINO is not installed")


def test_without_the_converters_passes_a_model_opens_with_a_warning_and_the_same_masks(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    frame = np.random.default_rng(0).integers(0, 256, (224, 224, 3), np.uint8)
    with Segmenter.open("person", engine="openvino") as segmenter:
        expected = segmenter.predict(frame).labels
    assert "converter's passes" not in caplog.text
    monkeypatch.setitem(sys.modules, "openvino._offline_transformations", None)
    with caplog.at_level(logging.WARNING), Segmenter.open("person", engine="openvino") as segmenter:
        labels = segmenter.predict(frame).labels
    assert "this OpenVINO lacks its converter's passes" in caplog.text
    assert np.mean(labels == expected) > 0.99  # one layer computed in float instead of integers
