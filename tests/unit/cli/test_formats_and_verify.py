"""`unetkit formats` and `unetkit verify`: what they print, what they exit with."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.tiny_models import BIAS, write_onnx
from tests.unit.cli.conftest import Unetkit
from tests.unit.proof.exports import write_export
from unetkit.contract.artifact import sha256_of


def test_formats_names_every_format_and_engine_with_its_reason(unetkit: Unetkit) -> None:
    outcome = unetkit("formats")
    assert outcome.code == 0
    told = {line.split("  ")[0].strip(): line for line in outcome.out.splitlines() if line}
    assert set(told) >= {"onnx", "tflite", "openvino", "saved_model", "ONNX Runtime", "LiteRT", "OpenCV, cv2.dnn"}
    assert "works here, " in told["ONNX Runtime"]
    for line in told.values():
        assert "works here, " in line or "can be exported here" in line or "not here: " in line


def test_formats_in_json_for_machines(unetkit: Unetkit) -> None:
    table = json.loads(unetkit("formats", "--json").out)
    assert [item["format"] for item in table["formats"]] == ["onnx", "tflite", "openvino", "saved_model"]
    assert all(bool(item["version"]) != bool(item["why_not"]) for item in table["engines"])


def test_verify_proves_an_export_and_ends_with_the_verdict(unetkit: Unetkit, tmp_path: Path) -> None:
    outcome = unetkit("verify", write_export(tmp_path / "export"), "--threads", 1)
    assert outcome.code == 0
    *_, verdict, golden = outcome.out.splitlines()
    assert verdict.startswith(("int8: ", "keep fp32: "))
    assert golden.startswith("9 golden frames, fitted to the same bytes as at export; host: ")
    assert outcome.lines[0] == "  proving model.onnx in onnx"


def test_an_engine_that_is_not_installed_is_told_once(
    unetkit: Unetkit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    outcome = unetkit("verify", write_export(tmp_path / "export"), "--threads", 1)
    assert outcome.code == 0
    told = [line for line in outcome.out.splitlines() if "in openvino: not here: " in line]
    assert len(told) == 1
    assert 'pip install "unetkit[openvino]"' in told[0]


def test_verify_in_json_for_machines(unetkit: Unetkit, tmp_path: Path) -> None:
    table = json.loads(unetkit("verify", write_export(tmp_path / "export"), "--json").out)
    assert table["proven"] is True
    assert table["verdict"]["sentence"]


@pytest.mark.parametrize(
    ("spoil", "code", "told"),
    [
        ("nothing there", 2, "is no export: it has no folder golden"),
        ("golden frame", 4, "'dark.png' was damaged or changed"),
        ("artifact", 4, "is not the file that was exported"),
        (
            "another model",
            5,
            "is not the model that was exported: model.onnx in onnx: its scores differ by 0.1 on frame",
        ),
    ],
)
def test_what_is_not_the_export_is_one_line(
    unetkit: Unetkit, tmp_path: Path, spoil: str, code: int, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = tmp_path / "export"
    if spoil != "nothing there":
        write_export(export)
    if spoil == "golden frame":
        (export / "golden" / "dark.png").write_bytes(b"")
    if spoil == "artifact":
        (export / "model.int8.onnx").write_bytes((export / "model.onnx").read_bytes())
    if spoil == "another model":
        monkeypatch.setattr("tests.tiny_models.BIAS", BIAS + np.float32(0.1))
        write_onnx(export / "model.onnx")
        index = json.loads((export / "golden" / "index.json").read_text())
        index["artifacts"][0]["sha256"] = sha256_of(export / "model.onnx")
        (export / "golden" / "index.json").write_text(json.dumps(index))
    outcome = unetkit("verify", export)
    assert outcome.code == code
    assert told in outcome.lines[-1]
    assert "Traceback" not in outcome.err
