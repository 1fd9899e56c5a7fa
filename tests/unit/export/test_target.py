import pytest

from unetkit.errors import UsageError
from unetkit.export.target import EXPORTED_FILES, FORMATS, TARGETS, Target, choose_targets


@pytest.mark.parametrize(
    ("formats", "wanted", "files"),
    [
        (("onnx", "tflite"), "", ["model.onnx", "model.tflite"]),
        (("tflite",), "int8", ["model.tflite", "model.int8.tflite"]),
        (("onnx",), "int8 fp16", ["model.onnx", "model.fp16.onnx", "model.int8.onnx"]),
        (("tflite", "onnx", "onnx"), "", ["model.onnx", "model.tflite"]),
        (("onnx", "tflite"), "dynamic", ["model.onnx", "model.tflite", "model.dynamic.tflite"]),
        (("openvino",), "fp16 int8", ["model.xml", "model.fp16.xml", "model.int8.xml"]),
        (("saved_model", "onnx"), "fp16", ["model.onnx", "model.fp16.onnx", "saved_model"]),
    ],
)
def test_float32_comes_first_and_the_asked_precisions_follow_where_the_format_has_them(
    formats: tuple[str, ...], wanted: str, files: list[str]
) -> None:
    asked = {name: name in wanted for name in ("int8", "fp16", "dynamic")}
    assert [target.file for target in choose_targets(formats, **asked)] == files


@pytest.mark.parametrize(("formats", "named"), [((), "none"), (("onnx", "coreml"), "'coreml'")])
def test_a_format_that_is_not_known_is_named(formats: tuple[str, ...], named: str) -> None:
    with pytest.raises(UsageError, match=f"unknown export format {named}; choose of onnx, tflite, openvino"):
        choose_targets(formats, int8=False, fp16=False)


@pytest.mark.parametrize(
    ("formats", "asked", "told"),
    [
        (("onnx", "openvino"), {"dynamic": True}, "no dynamic in onnx, openvino; tflite has it"),
        (("saved_model",), {"int8": True}, "no int8 in saved_model; onnx, tflite, openvino has it"),
    ],
)
def test_a_precision_that_none_of_the_formats_has_is_an_error(
    formats: tuple[str, ...], asked: dict[str, bool], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        choose_targets(formats, **{"int8": False, "fp16": False, **asked})


def test_every_target_has_files_of_its_own() -> None:
    names = [name for target in TARGETS for name in target.files]
    assert len(set(names)) == len(names)
    assert set(names) | {"report.json", "report.html", "card.md", "deploy", "golden"} == EXPORTED_FILES
    assert {target.format for target in TARGETS} == set(FORMATS)
    assert Target(format="openvino", precision="int8").files == ("model.int8.xml", "model.int8.bin")
