"""What other tools read of an ONNX file: derived from the spec, written with it, and replaced with it."""

import ast
import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from tests.tiny_models import SPEC, expected_scores, random_tensor, write_onnx
from unetkit.contract.artifact import check_intact, write_spec
from unetkit.contract.interoperability import labels_text, onnx_properties
from unetkit.contract.spec import ClassSpec, Fit, InputSpec

# In a process of its own, which asks nobody on the network: Ultralytics brings PyTorch, and settings of its own.
ULTRALYTICS = """
import json, sys
import numpy, torch
from ultralytics.nn.autobackend import AutoBackend

loaded = AutoBackend(sys.argv[1], device=torch.device("cpu"), verbose=False)
(scores,) = loaded.backend.forward(torch.from_numpy(numpy.load(sys.argv[2])))
told = {key: getattr(loaded, key) for key in ("names", "task", "stride", "imgsz", "batch", "channels")}
print(json.dumps({**told, "scores": scores.tolist()}))
"""
QUOTED = ClassSpec(name='a "cat\'s" ear \\', bgr=(0, 0, 0))


def test_ultralytics_keys_are_python_literals_of_the_spec() -> None:
    spec = replace(SPEC, input=InputSpec(height=96, width=160), classes=(*SPEC.classes[:2], QUOTED))
    properties = onnx_properties(spec)
    assert ast.literal_eval(properties["names"]) == {0: "ground", 1: "cat", 2: QUOTED.name}
    assert ast.literal_eval(properties["imgsz"]) == [96, 160]
    assert (properties["stride"], properties["batch"], properties["channels"]) == ("32", "1", "3")
    assert properties["task"] == "semantic"


@pytest.mark.parametrize(("hw", "stride"), [((128, 128), "32"), ((224, 240), "16"), ((40, 56), "8"), ((7, 9), "1")])
def test_the_stride_divides_both_sides(hw: tuple[int, int], stride: str) -> None:
    spec = replace(SPEC, input=InputSpec(height=hw[0], width=hw[1]))
    assert onnx_properties(spec)["stride"] == stride


@pytest.mark.parametrize(("fit", "told"), [("stretch", "standard"), ("letterbox", "fit_to_window_letterbox")])
def test_model_api_keys_say_how_a_frame_is_fitted(fit: Fit, told: str) -> None:
    dog = ClassSpec(name="big dog", bgr=(0, 0, 0))
    properties = onnx_properties(replace(SPEC, input=replace(SPEC.input, fit=fit), classes=(*SPEC.classes[:2], dog)))
    assert properties["model_info resize_type"] == told
    assert properties["model_info labels"].split() == ["ground", "cat", "big_dog"]
    assert "model_info model_type" not in properties


def test_labels_are_a_class_a_line_and_one_for_one_channel() -> None:
    assert labels_text(SPEC) == "ground\ncat\ndog\n"
    assert labels_text(replace(SPEC, classes=SPEC.classes[:2], head="sigmoid")) == "cat\n"


def test_the_onnx_package_finds_a_whole_model_with_the_keys_once(tmp_path: Path) -> None:
    path = write_onnx(tmp_path / "model.onnx")
    renamed = replace(SPEC, name="other", classes=(*SPEC.classes[:2], ClassSpec(name="wolf", bgr=(1, 1, 1))))
    write_spec(path, renamed)
    check_intact(path)
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    found = {item.key: item.value for item in model.metadata_props}
    assert len(found) == len(model.metadata_props)
    assert onnx_properties(renamed).items() <= found.items()
    assert "wolf" in found["names"]


def test_a_key_of_somebody_else_stays(tmp_path: Path) -> None:
    path = write_onnx(tmp_path / "model.onnx", spec=None)
    model = onnx.load(path)
    onnx.helper.set_model_props(model, {"author": "somebody", "names": "{0: 'old'}"})
    onnx.save(model, path)
    write_spec(path, SPEC)
    found = {item.key: item.value for item in onnx.load(path).metadata_props}
    assert found["author"] == "somebody"
    assert ast.literal_eval(found["names"])[0] == "ground"


def test_openvino_reads_the_model_and_gives_what_onnx_runtime_gives(tmp_path: Path) -> None:
    openvino = pytest.importorskip("openvino", reason="openvino is not installed")
    core = openvino.Core()
    model = core.compile_model(
        core.read_model(write_onnx(tmp_path / "model.onnx")), "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
    )
    tensor = random_tensor(3)
    # float32 sums of three products below 2
    assert abs(model(tensor)[0][0] - expected_scores(tensor)).max() < 1e-5


def test_model_api_decodes_the_scores_once_openvino_has_turned_them_around(tmp_path: Path) -> None:
    """As docs/export-folder.md says it."""
    openvino = pytest.importorskip("openvino", reason="openvino is not installed")
    models = pytest.importorskip("model_api.models", reason="openvino-model-api is not installed")
    turned = openvino.preprocess.PrePostProcessor(openvino.Core().read_model(write_onnx(tmp_path / "model.onnx")))
    turned.output().model().set_layout(openvino.Layout("NHWC"))
    turned.output().tensor().set_layout(openvino.Layout("NCHW"))
    turned.input().model().set_layout(openvino.Layout("NHWC"))
    turned.input().tensor().set_layout(openvino.Layout("NHWC"))
    model = turned.build()
    keys = {"model_type": "Segmentation", "labels": "ground cat dog", "soft_threshold": 0.0, "blur_strength": -1}
    for key, value in keys.items():
        model.set_rt_info(value, ["model_info", key])
    openvino.save_model(model, tmp_path / "model_api.xml", compress_to_fp16=False)
    opened = models.SegmentationModel.create_model(str(tmp_path / "model_api.xml"))
    tensor = random_tensor(4)
    assert opened.params.labels == ["ground", "cat", "dog"]
    assert (opened(tensor[0]).resultImage == expected_scores(tensor).argmax(-1)).mean() > 0.98  # bf16 may turn a tie


def test_ultralytics_own_loader_opens_the_model_and_knows_its_classes(tmp_path: Path) -> None:
    if importlib.util.find_spec("ultralytics") is None:
        pytest.skip("ultralytics is not installed (AGPL: never a dependency of unetkit)")
    path, tensor = write_onnx(tmp_path / "model.onnx"), random_tensor(4)
    np.save(tmp_path / "frame.npy", tensor)
    done = subprocess.run(
        [sys.executable, "-c", ULTRALYTICS, str(path), str(tmp_path / "frame.npy")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "YOLO_CONFIG_DIR": str(tmp_path), "YOLO_OFFLINE": "1", "YOLO_AUTOINSTALL": "0"},
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["names"] == {str(index): name for index, name in enumerate(SPEC.class_names)}
    assert (found["task"], found["batch"], found["channels"]) == ("semantic", 1, 3)
    assert found["imgsz"] == list(SPEC.input.hw)
    assert all(side % found["stride"] == 0 for side in SPEC.input.hw)
    # float32 sums of three products below 2
    np.testing.assert_allclose(found["scores"], expected_scores(tensor)[None], atol=1e-5)
