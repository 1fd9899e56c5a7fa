"""A folder of built-in models: a network that runs as ONNX, and a TFLite file that is no more than its spec."""

from dataclasses import replace
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from tests.tiny_models import SPEC, write_onnx
from tests.unit.contract.modelfiles import write_bare
from unetkit.contract.artifact import sha256_of, write_spec
from unetkit.contract.scoring import AccuracyReport
from unetkit.runtime import builtin, preference
from unetkit.runtime.builtin import BuiltinFile, BuiltinModel, write_index

NAMES = ("person", "pets")
CARD = "# {name}\n\nLimits: [none] :known:\n"
ACCURACY = AccuracyReport(
    class_names=SPEC.class_names,
    split="test",
    images=12,
    pixel_accuracy=0.9,
    miou=0.75,
    iou=(0.5, 1.0, float("nan")),
    dice=(0.6, 1.0, float("nan")),
)


def write_box(folder: Path) -> Path:
    """Two models, each with both files, a card and its place in the index."""
    write_index(folder, [_write_model(folder / name) for name in NAMES])
    return folder


def use_box(folder: Path, monkeypatch: pytest.MonkeyPatch, *, litert: bool) -> None:
    """Let `folder` be what came with the package, on a machine with or without LiteRT."""
    found = ModuleSpec("ai_edge_litert", None) if litert else None
    monkeypatch.setattr(preference, "find_spec", lambda _: found)
    monkeypatch.setattr(builtin, "builtin_folder", lambda: folder)


def _write_model(folder: Path) -> BuiltinModel:
    folder.mkdir(parents=True)
    spec = replace(SPEC, name=folder.name)
    onnx = write_onnx(folder / "model.int8.onnx", "int8", spec=spec)
    tflite = write_bare(folder / "model.int8.tflite", "tflite")
    write_spec(tflite, spec)
    (folder / "card.md").write_text(CARD.format(name=folder.name))
    return BuiltinModel(
        name=folder.name,
        task=f"finds {folder.name}",
        data="some pictures",
        input_hw=SPEC.input.hw,
        parameters=12,
        files=(_file("onnx", onnx), _file("tflite", tflite)),
        folder=folder,
    )


def _file(form: str, path: Path) -> BuiltinFile:
    return BuiltinFile(
        format="onnx" if form == "onnx" else "tflite",
        file=path.name,
        bytes=path.stat().st_size,
        sha256=sha256_of(path),
        scores=ACCURACY.to_dict(),
    )
