"""A product of two square matrices as an ONNX model, written byte by byte: devices have an engine but not `onnx`.

Protobuf (protobuf.dev/programming-guides/encoding) with the field numbers of onnx.proto.
"""

import numpy as np

_FLOAT, _UINT8, _INT8, _INT32 = 1, 2, 3, 6  # of TensorProto.DataType


def matmul_model(side: int, precision: str) -> bytes:
    """`product = left @ right` for (side, side) matrices, `right` being stored.

    Args:
        side: rows and columns.
        precision: `float32`; or `int8`: uint8 times int8 with int32 sums.
    """
    whole = precision == "int8"
    operator = "MatMulInteger" if whole else "MatMul"
    given, stored, answer = (_UINT8, _INT8, _INT32) if whole else (_FLOAT, _FLOAT, _FLOAT)
    right = np.ones((side, side), np.int8 if whole else np.float32)
    weights = _varint(1, side) * 2 + _varint(2, stored) + _bytes(8, b"right") + _bytes(9, right.tobytes())
    node = _bytes(1, b"left") + _bytes(1, b"right") + _bytes(2, b"product") + _bytes(4, operator.encode())
    graph = (
        _bytes(1, node)
        + _bytes(2, b"matmul")
        + _bytes(5, weights)
        + _bytes(11, _port(b"left", given, side))
        + _bytes(12, _port(b"product", answer, side))
    )
    return _varint(1, 8) + _bytes(7, graph) + _bytes(8, _bytes(1, b"") + _varint(2, 17))


def _port(name: bytes, dtype: int, side: int) -> bytes:
    """ValueInfoProto of a (side, side) tensor."""
    shape = _bytes(1, _varint(1, side)) * 2
    return _bytes(1, name) + _bytes(2, _bytes(1, _varint(1, dtype) + _bytes(2, shape)))


def _bytes(field: int, content: bytes) -> bytes:
    return _number(field << 3 | 2) + _number(len(content)) + content


def _varint(field: int, value: int) -> bytes:
    return _number(field << 3) + _number(value)


def _number(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])
