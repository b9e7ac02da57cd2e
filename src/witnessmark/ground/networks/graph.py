"""Give an exported network inputs of any size, and its weights back the rank of constants.

Some exporters list every weight among the inputs of the graph and fix the size of the picture. ONNX Runtime then
treats the weights as values that may change with every run and folds nothing (measured on CenterFace at 1280x736,
one thread: 392 ms a picture, 159 ms after this). Only the declarations of inputs and outputs are written anew; nodes
and weights stay byte for byte.

Format: ONNX IR (onnx/onnx.proto3: ModelProto.graph = 7; GraphProto.input = 11, output = 12, value_info = 13;
ValueInfoProto, TypeProto, TensorShapeProto) in protocol buffers' wire encoding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

GRAPH, INPUT, OUTPUT, VALUE_INFO = 7, 11, 12, 13
FLOAT = 1
"""TensorProto.DataType.FLOAT."""
VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
"""Wire types."""

Shape = Sequence[int | str]
"""One entry for each axis: its size, or the name of a size that is open."""


def with_open_sizes(model: bytes, inputs: dict[str, Shape], outputs: dict[str, Shape]) -> bytes:
    """The same network with these inputs and outputs of 32-bit floats. Raises ValueError for what is no model."""
    parts = []
    for number, body, raw in _fields(model):
        if number != GRAPH:
            parts.append(raw)
            continue
        kept = [r for n, _, r in _fields(body) if n not in (INPUT, OUTPUT, VALUE_INFO)]
        kept += [_piece(INPUT, _value(name, shape)) for name, shape in inputs.items()]
        kept += [_piece(OUTPUT, _value(name, shape)) for name, shape in outputs.items()]
        parts.append(_piece(GRAPH, b"".join(kept)))
    return b"".join(parts)


def _fields(message: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """(field number, content, whole field as it stands)."""
    at = 0
    while at < len(message):
        start = at
        key, at = _read_varint(message, at)
        wire = key & 7
        if wire == LENGTH:
            length, at = _read_varint(message, at)
        elif wire == VARINT:
            _, end = _read_varint(message, at)
            length = end - at
        elif wire in (FIXED32, FIXED64):
            length = 4 if wire == FIXED32 else 8
        else:
            raise ValueError("not a protocol buffer")
        if at + length > len(message):
            raise ValueError("a protocol buffer that ends early")
        yield key >> 3, message[at : at + length], message[start : at + length]
        at += length


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message) and shift < 70:
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at
    raise ValueError("a number that ends early")


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _piece(number: int, body: bytes) -> bytes:
    return _varint(number << 3 | LENGTH) + _varint(len(body)) + body


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3 | VARINT) + _varint(value)


def _value(name: str, shape: Shape) -> bytes:
    axes = b"".join(
        _piece(1, _number(1, axis) if isinstance(axis, int) else _piece(2, axis.encode())) for axis in shape
    )
    tensor = _number(1, FLOAT) + _piece(2, axes)
    return _piece(1, name.encode()) + _piece(2, _piece(1, tensor))
