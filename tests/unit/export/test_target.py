import pytest

from unetkit.errors import UsageError
from unetkit.export.target import EXPORTED_FILES, choose_targets


@pytest.mark.parametrize(
    ("formats", "int8", "fp16", "files"),
    [
        (("onnx", "tflite"), False, False, ["model.onnx", "model.tflite"]),
        (("tflite",), True, False, ["model.tflite", "model.int8.tflite"]),
        (("onnx",), True, True, ["model.onnx", "model.fp16.onnx", "model.int8.onnx"]),
        (("tflite", "onnx", "onnx"), False, False, ["model.onnx", "model.tflite"]),
    ],
)
def test_float32_comes_first_and_the_asked_precisions_follow(
    formats: tuple[str, ...], int8: bool, fp16: bool, files: list[str]
) -> None:
    assert [target.file for target in choose_targets(formats, int8=int8, fp16=fp16)] == files


@pytest.mark.parametrize(("formats", "named"), [((), "none"), (("onnx", "coreml"), "'coreml'")])
def test_a_format_that_is_not_known_is_named(formats: tuple[str, ...], named: str) -> None:
    with pytest.raises(UsageError, match=f"unknown export format {named}; choose of onnx, tflite"):
        choose_targets(formats, int8=False, fp16=False)


def test_six_models_and_a_report_may_lie_in_an_export_folder() -> None:
    assert len(EXPORTED_FILES) == 7
