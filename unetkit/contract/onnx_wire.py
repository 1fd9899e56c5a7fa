"""The few bytes of the ONNX file format that hold its metadata, read and written without the onnx package.

An ONNX file is a protobuf `ModelProto`: top-level fields, of which `metadata_props` (field 14) repeats a
`StringStringEntryProto` (key 1, value 2). Devices have an inference engine but not `onnx`, and walking the top-level
fields reads a few bytes of a file of any size. Format: protobuf.dev/programming-guides/encoding.
"""

import io
from collections.abc import Iterator
from typing import BinaryIO

from unetkit.errors import ArtifactError

_METADATA_PROPS, _GRAPH = 14, 7  # fields of ModelProto
_INITIALISER, _DATA_TYPE = 5, 2  # of GraphProto, of TensorProto
_TYPE_NAMES = {1: "float32", 2: "uint8", 3: "int8", 10: "float16"}  # of TensorProto.DataType
_LENGTH = 2
_FIXED_SIZES = {1: 8, 5: 4}


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
    for field, start, end in _fields(stream):
        for part, part_start, part_end in _fields(stream, start, end) if field == _GRAPH else ():
            for entry, value_start, _ in _fields(stream, part_start, part_end) if part == _INITIALISER else ():
                if entry == _DATA_TYPE:
                    stream.seek(value_start)
                    codes.add(_read_varint(stream))
    return {_TYPE_NAMES[code] for code in codes & _TYPE_NAMES.keys()}


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


def _fields(stream: BinaryIO, position: int = 0, size: int | None = None) -> Iterator[tuple[int, int, int]]:
    """(field number, start and end of its payload) of each field of a message; the caller may move the stream."""
    if size is None:
        size = stream.seek(0, io.SEEK_END)
    while position < size:
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
