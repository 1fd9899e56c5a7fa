"""The TFLite metadata block: what MediaPipe's ImageSegmenter, Android Studio and Netron read of a .tflite model.

A flatbuffer of its own inside the model, of the schema that MediaPipe calls `metadata_schema.fbs`; built here by the
schema's field numbers, so that no package of the readers is needed. The labels are not in it: it names the file
`labels.txt` in the archive behind the model, which `contract.artifact` writes from the spec.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from unetkit.contract.artifact import LABELS_MEMBER, read_format
from unetkit.contract.spec import ModelSpec
from unetkit.export.graph import INPUT_NAME, OUTPUT_NAME
from unetkit.export.tflite_packing import packed

_BLOCK = "TFLITE_METADATA"
_IDENTIFIER = b"M001"
_SEGMENTER = "SEGMENTER_METADATA"
_SEGMENTER_IDENTIFIER = b"V001"
_PARSER_VERSION = "1.5.0"
_IMAGE, _NORMALISATION, _AXIS_LABELS = 2, 1, 2  # members of the schema's unions and of AssociatedFileType
_RGB, _GRAYSCALE = 1, 2  # ColorSpaceType has no BGR, and MediaPipe takes none but RGB
_ACTIVATIONS = {"logits": {"softmax": 2, "sigmoid": 1}, "probabilities": {"softmax": 0, "sigmoid": 0}}

Field = Callable[[Any, int], None]  # puts itself into the table that is being built, in a slot


def describe_tflite(path: Path, spec: ModelSpec) -> None:
    """Put the metadata block into a .tflite model that has no spec yet; other formats are left as they are."""
    if read_format(path) != "tflite":
        return
    import numpy as np
    from tensorflow.lite.python import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0)
    buffer, entry = schema.BufferT(), schema.MetadataT()
    buffer.data = np.frombuffer(metadata_block(spec), np.uint8)
    entry.name, entry.buffer = _BLOCK, len(model.buffers)
    model.buffers.append(buffer)
    model.metadata = [*(model.metadata or ()), entry]
    path.write_bytes(packed(model))


def metadata_block(spec: ModelSpec) -> bytes:
    """The block's bytes; the same for the same spec.

    The colour space says RGB because MediaPipe opens no other, and hands the bytes on as it gets them: whoever runs
    the model there gives it BGR bytes. The normalisation is the identity: the graph takes bytes, and scales inside.
    """
    import flatbuffers  # type: ignore[import-untyped]

    builder = flatbuffers.Builder(1024)

    def text(value: str) -> Field:
        return _Offset(builder.CreateString(value))

    def image(color_space: int, *fields: Field | None) -> Field:
        return _table(builder, _byte(_IMAGE), _table(builder, _byte(color_space), *fields))

    size = _table(builder, _number(spec.input.width), _number(spec.input.height))
    identity = _table(builder, _floats(builder, 0.0), _floats(builder, 1.0))
    taken = _table(
        builder,
        text(INPUT_NAME),
        text("camera frame, uint8 BGR"),
        None,
        image(_RGB, size),
        _vector(builder, _table(builder, _byte(_NORMALISATION), identity)),
        _table(builder, _floats(builder, 255.0), _floats(builder, 0.0)),
    )
    labels = _table(builder, text(LABELS_MEMBER), text("a class a line, by label id"), _byte(_AXIS_LABELS))
    given = _table(
        builder,
        text(OUTPUT_NAME),
        text(f"{spec.scores} of each class, a {spec.head} head"),
        None,
        image(_GRAYSCALE),
        None,
        None,
        _vector(builder, labels),
    )
    activation = _segmenter_options(_ACTIVATIONS[spec.scores][spec.head])
    custom = _table(builder, text(_SEGMENTER), _Offset(builder.CreateByteVector(activation)))
    graph = _table(
        builder,
        None,
        None,
        _vector(builder, taken),
        _vector(builder, given),
        *[None] * 5,
        _vector(builder, custom),
    )
    root = _table(
        builder,
        text(spec.name),
        text(f"segmentation into {', '.join(spec.class_names)}"[:1000]),
        None,
        _vector(builder, graph),
        text("unetkit"),
        None,
        None,
        text(_PARSER_VERSION),
    )
    builder.Finish(root.offset, _IDENTIFIER)
    return bytes(builder.Output())


def _segmenter_options(activation: int) -> bytes:
    import flatbuffers

    builder = flatbuffers.Builder(64)
    builder.Finish(_table(builder, _byte(activation)).offset, _SEGMENTER_IDENTIFIER)
    return bytes(builder.Output())


class _Offset:
    """A child that was written before its parent, as a field of it."""

    def __init__(self, offset: int) -> None:
        self.offset = offset

    def __call__(self, builder: Any, slot: int) -> None:
        builder.PrependUOffsetTRelativeSlot(slot, self.offset, 0)


def _table(builder: Any, *fields: Field | None) -> _Offset:
    """A table whose slots are the positions of its fields; None leaves one out."""
    builder.StartObject(len(fields))
    for slot, field in enumerate(fields):
        if field is not None:
            field(builder, slot)
    return _Offset(builder.EndObject())


def _byte(value: int) -> Field:
    return lambda builder, slot: builder.PrependInt8Slot(slot, value, 0)


def _number(value: int) -> Field:
    return lambda builder, slot: builder.PrependUint32Slot(slot, value, 0)


def _floats(builder: Any, *values: float) -> Field:
    builder.StartVector(4, len(values), 4)
    for value in reversed(values):
        builder.PrependFloat32(value)
    return _Offset(builder.EndVector())


def _vector(builder: Any, *tables: _Offset) -> Field:
    builder.StartVector(4, len(tables), 4)
    for table in reversed(tables):
        builder.PrependUOffsetTRelative(table.offset)
    return _Offset(builder.EndVector())
