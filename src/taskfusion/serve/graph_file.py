"""What an ONNX file names and points to, read from its bytes before ONNX Runtime parses them.

It walks the wire format of protobuf (field numbers of onnx.proto3), so that scoring needs no package for it, and skips
all else: weights are not read.
"""

import mmap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from taskfusion.base.boundary import reading, unreadable

DOMAINS: Final = frozenset(("", "ai.onnx", "ai.onnx.ml"))
"""Whose operators ONNX Runtime has by itself, and export writes."""

AGAIN: Final = "export the model again"
_MODEL_GRAPH, _MODEL_OPSET, _MODEL_FUNCTION = 7, 8, 25
_GRAPH_NODE, _GRAPH_TENSOR, _GRAPH_SPARSE = 1, 5, 15
_NODE_ATTRIBUTE, _NODE_DOMAIN = 5, 7
_ATTRIBUTE_TENSOR, _ATTRIBUTE_GRAPHS, _ATTRIBUTE_SPARSE = (5, 10), (6, 11), (22, 23)
_SPARSE_TENSORS: Final = (1, 2)
_TENSOR_EXTERNAL: Final = 13
_OPSET_DOMAIN: Final = 1
_KEY, _VALUE = 1, 2
_VARINT, _FIXED_64, _BYTES, _FIXED_32 = 0, 1, 2, 5
_PLACES: Final = ("location", "offset", "length")

Fields = Iterator[tuple[int, memoryview]]


def require_plain_graph(path: Path, weights: Path, again: str = AGAIN) -> None:
    """See that a graph has known operators alone, no graph inside it that could run for ever, and no weights elsewhere.

    Args:
        path: the ONNX file.
        weights: the only file beside it that may hold weights.
        again: what to do where it is not so.

    Raises:
        RunError: it is not so, or the file is none of ONNX.
    """
    with reading(path, "a graph for ONNX Runtime", again):
        with (
            path.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
            memoryview(content) as view,
        ):
            fault = _fault(view, weights)
        if fault is not None:
            raise unreadable(path, "a graph that export writes", fault, again)


def _fault(content: memoryview, weights: Path) -> str | None:
    size = weights.stat().st_size if weights.is_file() else 0
    for field, value in _fields(content):
        found = None
        if field == _MODEL_GRAPH:
            found = _graph_fault(value, weights.name, size)
        elif field == _MODEL_OPSET:
            found = _domain_fault(value, _OPSET_DOMAIN)
        elif field == _MODEL_FUNCTION:
            found = "it defines functions"
        if found is not None:
            return found
    return None


def _graph_fault(content: memoryview, weights: str, size: int) -> str | None:
    for field, value in _fields(content):
        if field == _GRAPH_NODE and (found := _node_fault(value, weights, size)) is not None:
            return found
        if field == _GRAPH_TENSOR and (found := _tensor_fault(value, weights, size)) is not None:
            return found
        if field == _GRAPH_SPARSE and (found := _sparse_fault(value, weights, size)) is not None:
            return found
    return None


def _node_fault(content: memoryview, weights: str, size: int) -> str | None:
    if (found := _domain_fault(content, _NODE_DOMAIN)) is not None:
        return found
    for field, attribute in _fields(content):
        if field != _NODE_ATTRIBUTE:
            continue
        for inner, value in _fields(attribute):
            found = None
            if inner in _ATTRIBUTE_GRAPHS:
                found = "an operator of it has a graph inside, as a loop has"
            elif inner in _ATTRIBUTE_TENSOR:
                found = _tensor_fault(value, weights, size)
            elif inner in _ATTRIBUTE_SPARSE:
                found = _sparse_fault(value, weights, size)
            if found is not None:
                return found
    return None


def _domain_fault(content: memoryview, domain: int) -> str | None:
    names = (_text(value) for field, value in _fields(content) if field == domain)
    strange = next((name for name in names if name not in DOMAINS), None)
    return None if strange is None else f"it has operators of '{strange[:60]}', which ONNX Runtime lacks or runs alone"


def _sparse_fault(content: memoryview, weights: str, size: int) -> str | None:
    found = (_tensor_fault(value, weights, size) for field, value in _fields(content) if field in _SPARSE_TENSORS)
    return next((fault for fault in found if fault is not None), None)


def _tensor_fault(content: memoryview, weights: str, size: int) -> str | None:
    entries = [dict(_fields(value)) for field, value in _fields(content) if field == _TENSOR_EXTERNAL]
    if not entries:
        return None
    places = {_text(entry[_KEY]): _text(entry[_VALUE]) for entry in entries if entry.keys() >= {_KEY, _VALUE}}
    if len(places) != len(entries) or places.keys() != set(_PLACES):
        return "weights of it lie in another file, without one place there"
    if places["location"] != weights:
        return f"weights of it lie in '{places['location'][:60]}'; those of an export are in {weights}"
    return None if _is_inside(places, size) else f"weights of it lie beyond the end of {weights}"


def _is_inside(places: Mapping[str, str], size: int) -> bool:
    numbers = [places["offset"], places["length"]]
    if not all(number.isascii() and number.isdigit() and len(number) < len(str(1 << 63)) for number in numbers):
        return False
    return sum(map(int, numbers)) <= size


def _text(content: memoryview) -> str:
    return bytes(content).decode()


def _fields(content: memoryview) -> Fields:
    """Number and content of each field; of those that are no bytes, nothing.

    Raises:
        ValueError: this is no message.
    """
    place = 0
    while place < len(content):
        tag, place = _varint(content, place)
        field, wire = tag >> 3, tag & 7
        length = 0
        if wire == _VARINT:
            _, place = _varint(content, place)
        elif wire == _BYTES:
            length, place = _varint(content, place)
        elif wire in (_FIXED_64, _FIXED_32):
            place += 8 if wire == _FIXED_64 else 4
        else:
            raise ValueError(f"a field of wire type {wire}")
        end = place + length
        if not field or end > len(content):
            raise ValueError("a field that ends after its message")
        if wire == _BYTES:
            yield field, content[place:end]
        place = end


def _varint(content: memoryview, place: int) -> tuple[int, int]:
    """A number and where the next one begins."""
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(content):
            break
        byte, place = content[place], place + 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise ValueError("a number without an end")
