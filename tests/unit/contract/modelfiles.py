"""The smallest files that the contract takes for models: it reads their frame, never their weights."""

import io
import zipfile
from pathlib import Path

import numpy as np

from unetkit.contract.onnx_wire import metadata_entry

FORMATS = ("keras", "onnx", "tflite")


def bare_model(kind: str) -> bytes:
    """A model without a spec, as its own framework writes it."""
    if kind == "keras":
        return _keras()
    if kind == "tflite":
        return b"\x1c\x00\x00\x00TFL3" + np.random.default_rng(0).bytes(300)
    return _onnx()


def write_bare(path: Path, kind: str) -> Path:
    path.write_bytes(bare_model(kind))
    return path


def _keras() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as new:
        new.writestr("config.json", '{"class_name": "Functional"}' * 20)
        new.writestr("model.weights.h5", np.random.default_rng(0).bytes(400))
    return archive.getvalue()


def _onnx() -> bytes:
    """By hand, protobuf.dev/programming-guides/encoding: ir_version 9, a producer, a graph's bytes, an opset."""
    graph = b"\x0a\x02n0" + b"\x12\x01g"
    opset = b"\x10\x11"
    fields = (
        b"\x08\x09",
        b"\x12\x04made",
        b"\x3a" + bytes([len(graph)]) + graph,
        b"\x42" + bytes([len(opset)]) + opset,
    )
    return b"".join(fields) + metadata_entry("author", "somebody")
