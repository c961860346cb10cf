"""Tensors of the Open Inference Protocol V2, as JSON and in its binary extension.

https://github.com/kserve/open-inference-protocol, "REST Inference Protocol"; binary data as in
https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
"""

import struct
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from taskfusion.serve.worker.refusal import malformed, shown, unusable

_TYPES: Final[Mapping[str, str]] = {
    "BOOL": "?",
    "UINT8": "<u1",
    "UINT16": "<u2",
    "UINT32": "<u4",
    "UINT64": "<u8",
    "INT8": "<i1",
    "INT16": "<i2",
    "INT32": "<i4",
    "INT64": "<i8",
    "FP16": "<f2",
    "FP32": "<f4",
    "FP64": "<f8",
}
_TEXT: Final = "BYTES"
_LENGTH: Final = struct.Struct("<I")
SIZE: Final = "binary_data_size"


@dataclass(frozen=True)
class Column:
    """The values of one input.

    Attributes:
        name: of the tensor.
        values: one per row: a scalar, or a list.
    """

    name: str
    values: list[Any]


def read_columns(inputs: object, binary: bytes, lists: Collection[str] = ()) -> list[Column]:
    """The inputs of a request as columns.

    Args:
        inputs: of its JSON.
        binary: what follows the JSON.
        lists: names of those of which a row of width one is a list; of others it is a scalar.

    Raises:
        RefusedError: a tensor is not what it says.
    """
    if not isinstance(inputs, list) or not inputs:
        raise unusable(f"'inputs' should be a list of tensors, one per column, found {shown(inputs)}")
    found, place = [], 0
    for tensor in inputs:
        name, shape, kind = _described(tensor)
        size = _binary_size(tensor, name)
        if size is None:
            flat = _from_json(tensor, name, kind)
        else:
            if place + size > len(binary):
                raise malformed(f"input '{name}' should have {size:,} bytes of binary data, but the body ends before")
            flat = _from_binary(binary[place : place + size], name, kind)
            place += size
        found.append(Column(name, _shaped(flat, shape, name, name in lists)))
    if place != len(binary):
        raise malformed(f"the body has {len(binary) - place:,} bytes of binary data that no input names")
    return found


def _described(tensor: object) -> tuple[str, list[int], str]:
    if not isinstance(tensor, dict):
        raise unusable(f"an input should be an object with name, shape, datatype and data, found {shown(tensor)}")
    name, shape, kind = tensor.get("name"), tensor.get("shape"), tensor.get("datatype")
    if not isinstance(name, str):
        raise unusable(f"the name of an input should be a text, found {shown(name)}")
    is_shape = isinstance(shape, list) and all(type(size) is int and 0 <= size < 2**31 for size in shape)
    if not isinstance(shape, list) or not is_shape or len(shape) not in (1, 2):
        raise unusable(f"the shape of input '{name}' should be [rows], or [rows, length], found {shown(shape)}")
    if not isinstance(kind, str) or (kind != _TEXT and kind not in _TYPES):
        known = ", ".join((_TEXT, *_TYPES))
        raise unusable(f"the datatype of input '{name}' should be one of {known}, found {shown(kind)}")
    return name, shape, kind


def _binary_size(tensor: Mapping[str, Any], name: str) -> int | None:
    parameters = tensor.get("parameters")
    size = parameters.get(SIZE) if isinstance(parameters, dict) else None
    if size is not None and (type(size) is not int or size < 0):
        raise unusable(f"{SIZE} of input '{name}' should be a whole number, found {shown(size)}")
    return size


def _from_json(tensor: Mapping[str, Any], name: str, kind: str) -> list[Any]:
    data = tensor.get("data")
    if not isinstance(data, list):
        raise unusable(f"the data of input '{name}' should be a list, found {shown(data)}")
    flat = list(_flattened(data, name))
    taken = str if kind == _TEXT else bool if kind == "BOOL" else (int, float) if kind.startswith("FP") else int
    wrong = next((one for one in flat if one is not None and not _is(one, taken)), None)
    if wrong is not None:
        raise unusable(f"the data of input '{name}' should be {kind}, found {shown(wrong)}")
    return flat


def _is(value: object, taken: Any) -> bool:  # noqa: ANN401  types
    return isinstance(value, taken) and (taken is bool or not isinstance(value, bool))


def _flattened(data: list[Any], name: str, depth: int = 0) -> Iterator[Any]:
    for one in data:
        if isinstance(one, list):
            if depth:
                raise unusable(f"the data of input '{name}' should be at most lists of lists")
            yield from _flattened(one, name, depth + 1)
        else:
            yield one


def _from_binary(content: bytes, name: str, kind: str) -> list[Any]:
    if kind != _TEXT:
        dtype = np.dtype(_TYPES[kind])
        if len(content) % dtype.itemsize:
            raise malformed(f"input '{name}' has {len(content):,} bytes of binary data, which are no whole {kind}")
        found: list[Any] = np.frombuffer(content, dtype).tolist()
        return found
    texts, place = [], 0
    while place < len(content):
        end = place + _LENGTH.size
        length = _LENGTH.unpack(content[place:end])[0] if end <= len(content) else len(content)
        if end + length > len(content):
            raise malformed(f"input '{name}' has binary data of {_TEXT} that ends within a text")
        try:
            texts.append(content[end : end + length].decode())
        except UnicodeDecodeError as error:
            raise malformed(f"input '{name}' should hold texts in UTF-8, found {shown(error.object[:20])}") from error
        place = end + length
    return texts


def _shaped(flat: list[Any], shape: list[int], name: str, is_list: bool) -> list[Any]:
    width = 1 if len(shape) == 1 else shape[1]
    if len(flat) != shape[0] * width:
        raise unusable(f"input '{name}' of shape {shape} should hold {shape[0] * width:,} values, found {len(flat):,}")
    if len(shape) == 1 or (width == 1 and not is_list):
        return flat
    return [flat[start * width : (start + 1) * width] for start in range(shape[0])]


def tensor_of(name: str, values: npt.NDArray[np.float32], binary: bool) -> tuple[dict[str, Any], bytes]:
    """An output as JSON and as what follows the JSON.

    Args:
        name: of the output.
        values: [B, C].
        binary: whether its data follow the JSON.
    """
    described: dict[str, Any] = {"name": name, "datatype": "FP32", "shape": list(values.shape)}
    values = np.ascontiguousarray(values)
    if not binary:
        return {**described, "data": values.ravel()}, b""
    content = values.astype("<f4").tobytes()
    return {**described, "parameters": {SIZE: len(content)}}, content
