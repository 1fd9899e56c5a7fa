"""A missing extra is named, and the converters' chatter stays off the screen."""

import importlib.util
import logging
import os
import warnings
from typing import Any

import pytest

from unetkit.errors import MissingDependencyError
from unetkit.export.target import Format
from unetkit.export.toolchain import quiet, require_toolchain


@pytest.mark.parametrize(
    ("gone", "formats", "raises"),
    [
        ("tensorflow", ("tflite",), True),
        ("tf2onnx", ("onnx", "tflite"), True),
        ("tf2onnx", ("tflite",), False),
        ("ai_edge_litert", ("onnx",), False),
    ],
)
def test_what_the_chosen_formats_need_is_missed_by_name(
    gone: str, formats: tuple[Format, ...], raises: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == gone else object())
    if not raises:
        require_toolchain(formats)
        return
    with pytest.raises(MissingDependencyError, match=gone) as error:
        require_toolchain(formats)
    assert 'pip install "unetkit[train]"' in str(error.value)
    assert error.value.exit_code == 6


def test_chatter_of_every_kind_goes_to_the_debug_log(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "unetkit.export.toolchain"), quiet():
        os.write(2, b"from C++\n")
        logging.warning("from the root logger")
        warnings.warn("from Python", stacklevel=1)
    assert capfd.readouterr().err == ""
    assert "from C++" in caplog.text


def test_afterwards_all_speak_again_even_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> Any:
        raise ValueError("broken")

    level = logging.root.level
    with pytest.raises(ValueError, match="broken"), quiet():
        fail()
    os.write(2, b"heard\n")
    assert capfd.readouterr().err == "heard\n"
    assert logging.root.level == level
