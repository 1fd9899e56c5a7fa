"""Which formats can be exported here, with the reason and the line that mends it."""

import importlib.util

import pytest

from unetkit.export.availability import exportable_here, formats_that_work_here


def without(gone: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in gone else object())


@pytest.mark.parametrize(
    ("gone", "works", "reason"),
    [
        (set(), ("onnx", "tflite", "openvino", "saved_model"), ""),
        ({"openvino"}, ("onnx", "tflite", "saved_model"), 'openvino not installed: pip install "unetkit[openvino]"'),
        ({"tf2onnx"}, ("tflite", "saved_model"), 'tf2onnx not installed: pip install "unetkit[train]"'),
        (
            {"tensorflow", "openvino"},
            (),
            'tensorflow, openvino not installed: pip install "unetkit[train,openvino]"',
        ),
    ],
)
def test_what_is_missing_is_named_by_the_formats_that_need_it(
    gone: set[str], works: tuple[str, ...], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(gone, monkeypatch)
    found = exportable_here()
    assert tuple(item.format for item in found if not item.why_not) == works
    assert next(item.why_not for item in found if item.format == "openvino") == reason
    assert next(item.precisions for item in found if item.format == "tflite") == ("fp32", "fp16", "dynamic", "int8")


def test_a_format_that_all_leaves_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    without({"openvino"}, monkeypatch)
    told: list[str] = []
    assert formats_that_work_here(told.append) == ("onnx", "tflite", "saved_model")
    assert told == ['leaving openvino out: openvino not installed: pip install "unetkit[openvino]"']


def test_where_nothing_works_the_export_itself_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    without({"tensorflow"}, monkeypatch)
    assert formats_that_work_here(lambda text: None) == ("onnx", "tflite", "openvino", "saved_model")
