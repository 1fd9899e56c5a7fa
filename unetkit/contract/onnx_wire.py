"""The few bytes of the ONNX file format that hold its metadata, read and written without the onnx package.

An ONNX file is a protobuf `ModelProto`: top-level fields, of which `metadata_props` (field 14) repeats a
`StringStringEntryProto` (key 1, value 2). Devices have an inference engine but not `onnx`, and walking the top-level
fields reads a few bytes of a file of any size. Format: protobuf.dev/programming-guides/encoding.
"""

import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from unetkit.errors import ArtifactError

_METADATA_PROPS, _GRAPH = 14, 7  # fields of ModelProto
_NODE, _INITIALISER, _INPUT, _OUTPUT = 1, 5, 11, 12  # of GraphProto
_DATA_TYPE, _EXTERNAL_DATA = 2, 13  # of TensorProto
_MAX_FIELDS = 1_000_000  # read in one go: a few seconds; the largest networks have some ten thousand
_TYPE_NAMES = {1: "float32", 2: "uint8", 3: "int8", 10: "float16"}  # of TensorProto.DataType
_LENGTH = 2
_FIXED_SIZES = {1: 8, 5: 4}

Span = tuple[int, int]  # start and end in the file
TensorEnd = tuple[str, tuple[int | None, ...]]  # type and shape


def read_metadata(stream: BinaryIO, key: str, *, limit: int) -> str | None:
    """The value stored under `key`, or None; entries of over `limit` bytes are passed over unread.

    Raises:
        ArtifactError: the file is not a whole protobuf message.
    """
    for number, start, end in _fields(stream):
        if number == _METADATA_PROPS and end - start <= limit:
            stream.seek(start)
            name, value = _entry(stream.read(end - start))
            if name == key:
                return value
    return None


def initialiser_types(stream: BinaryIO) -> set[str]:
    """Which of float32, float16, int8 and uint8 the graph's stored constants, its weights among them, have.

    Raises:
        ArtifactError: the file is not a whole protobuf message.
    """
    codes = set()
    for start, _ in _spans(stream, _whole(stream), _GRAPH, _INITIALISER, _DATA_TYPE):
        codes.add(_varint_at(stream, start))
    return {_TYPE_NAMES[code] for code in codes & _TYPE_NAMES.keys()}


def require_self_contained(path: Path) -> None:
    """Refuse a model that keeps weights in other files, wherever they may point.

    Raises:
        ArtifactError: it does, or it is not a whole protobuf message.
    """
    with path.open("rb") as stream:
        if any(_spans(stream, _whole(stream), _GRAPH, _INITIALISER, _EXTERNAL_DATA)):
            raise ArtifactError(
                f"ONNX model {path} keeps weights in other files; one file is one model: export it again"
            )


def declared_ends(path: Path) -> tuple[list[TensorEnd], list[TensorEnd]]:
    """Type and shape of every input and every output, as the graph declares them; an open side is None.

    Raises:
        ArtifactError: the file is not a whole protobuf message.
    """
    with path.open("rb") as stream:
        inputs, outputs = (
            [_end(stream, span) for span in _spans(stream, _whole(stream), _GRAPH, end)] for end in (_INPUT, _OUTPUT)
        )
    return inputs, outputs


def _end(stream: BinaryIO, span: Span) -> TensorEnd:
    """ValueInfoProto: type 2; TypeProto: tensor 1; Tensor: element type 1, shape 2; shape: side 1; side: value 1."""
    codes = [_varint_at(stream, start) for start, _ in _spans(stream, span, 2, 1, 1)]
    sides = [
        next((_varint_at(stream, start) for start, _ in _spans(stream, side, 1)), None)
        for side in _spans(stream, span, 2, 1, 2, 1)
    ]
    return _TYPE_NAMES.get(codes[0], "?") if codes else "?", tuple(sides)


@dataclass(frozen=True, kw_only=True)
class WireNode:
    """One operator: its kind, and the names of the tensors it reads and writes."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class WireGraph:
    """A graph's operators in the order they run, and the names of its inputs of 8-bit integers."""

    nodes: tuple[WireNode, ...]
    byte_inputs: tuple[str, ...]

    @classmethod
    def read(cls, stream: BinaryIO) -> "WireGraph":
        """Raises ArtifactError: the file is not a whole protobuf message."""
        whole = _whole(stream)
        nodes = tuple(
            WireNode(
                kind="".join(_texts(stream, span, 4)),
                inputs=_texts(stream, span, 1),
                outputs=_texts(stream, span, 2),
            )
            for span in _spans(stream, whole, _GRAPH, _NODE)
        )
        byte_inputs = tuple(
            "".join(_texts(stream, span, 1))
            for span in _spans(stream, whole, _GRAPH, _INPUT)
            if _end(stream, span)[0] in {"uint8", "int8"}
        )
        return cls(nodes=nodes, byte_inputs=byte_inputs)


def _texts(stream: BinaryIO, span: Span, number: int) -> tuple[str, ...]:
    texts = []
    for start, end in _spans(stream, span, number):
        stream.seek(start)
        texts.append(stream.read(end - start).decode("utf-8", "replace"))
    return tuple(texts)


def weight_precision(path: Path) -> Literal["fp32", "fp16", "int8"]:
    """What a model's weights are stored in: quantised ones make an int8 model, else half floats an fp16 one.

    Raises:
        ArtifactError: the file is not a whole protobuf message.
    """
    with path.open("rb") as stream:
        types = initialiser_types(stream)
    if types & {"int8", "uint8"}:
        return "int8"
    return "fp16" if "float16" in types else "fp32"


def metadata_entry(key: str, value: str) -> bytes:
    """The bytes that, appended to a model, put `value` under `key`."""
    entry = _text_field(1, key) + _text_field(2, value)
    return _tag(_METADATA_PROPS) + _varint(len(entry)) + entry


def without_metadata(model: bytes, *keys: str) -> bytes:
    """The same model without the entries of these names."""
    stream = io.BytesIO(model)
    kept = []
    previous = 0
    for number, start, end in _fields(stream):
        stream.seek(start)
        if not (number == _METADATA_PROPS and _entry(stream.read(end - start))[0] in keys):
            kept.append(model[previous:end])
        previous = end
    return b"".join(kept)


def _whole(stream: BinaryIO) -> Span:
    return 0, stream.seek(0, io.SEEK_END)


def _spans(stream: BinaryIO, span: Span, *numbers: int, left: Iterator[int] | None = None) -> Iterator[Span]:
    """Where the payloads of a field lie that is reached through these field numbers, from the outside in."""
    left = left or _countdown()
    for number, start, end in _fields(stream, *span, left):
        if number == numbers[0] and len(numbers) > 1:
            yield from _spans(stream, (start, end), *numbers[1:], left=left)
        elif number == numbers[0]:
            yield start, end


def _varint_at(stream: BinaryIO, position: int) -> int:
    stream.seek(position)
    return _read_varint(stream)


def _countdown() -> Iterator[int]:
    return itertools.count(_MAX_FIELDS, -1)


def _fields(
    stream: BinaryIO, position: int = 0, size: int | None = None, left: Iterator[int] | None = None
) -> Iterator[tuple[int, int, int]]:
    """(field number, start and end of its payload) of each field of a message; the caller may move the stream.

    `left` counts down how many more may be read, over messages that share it.
    """
    if size is None:
        size = stream.seek(0, io.SEEK_END)
    left = left or _countdown()
    while position < size:
        if next(left) <= 0:
            raise ArtifactError(f"not an ONNX file to be read: it has over {_MAX_FIELDS:,} fields")
        stream.seek(position)
        tag = _read_varint(stream)
        number, wire_type = tag >> 3, tag & 7
        start = stream.tell()
        if wire_type == _LENGTH:
            length = _read_varint(stream)
            start = stream.tell()
        elif wire_type == 0:
            _read_varint(stream)
            length = stream.tell() - start
        else:
            length = _FIXED_SIZES.get(wire_type, size + 1)
        if number == 0 or start + length > size:
            raise ArtifactError("not a whole ONNX file: it was cut off or is of another format")
        position = start + length
        yield number, start, position


def _entry(payload: bytes) -> tuple[str, str]:
    texts = {1: "", 2: ""}
    for number, start, end in _fields(io.BytesIO(payload)):
        texts[number] = payload[start:end].decode("utf-8", "replace")
    return texts[1], texts[2]


def _read_varint(stream: BinaryIO) -> int:
    value = 0
    for shift in range(0, 64, 7):
        byte = stream.read(1)
        if not byte:
            break
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    raise ArtifactError("not a whole ONNX file: it was cut off or is of another format")


def _text_field(number: int, text: str) -> bytes:
    data = text.encode("utf-8")
    return _tag(number) + _varint(len(data)) + data


def _tag(number: int) -> bytes:
    return _varint(number << 3 | _LENGTH)


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
