"""One change to one file of a bundle, drawn by a seed, after which the manifest is right again."""

import hashlib
import json
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx

from taskfusion.base.manifest import MANIFEST, ListedFile, Manifest

Random = np.random.Generator
Change = Callable[[bytes, Random], bytes]

_ODD: Final[tuple[Any, ...]] = (
    None, True, 0, -1, 1, 2**31, 2**63, 10**400, 1e308, -0.5, float("nan"), "", "x", "../../x", "\0", "a" * 100_000,
    [], {}, [[]], [None], {"a": 1}, [0] * 10_000,
)  # fmt: skip
_NUMBERS: Final = (0, 1, -1, 2, 3, 7, 127, 2**31 - 1, 2**31, 2**40, 2**62, 2**63 - 1, -(2**63))
_OPERATORS: Final = (
    "Add", "Sub", "Mul", "Div", "Mod", "MatMul", "Gather", "GatherND", "ScatterND", "Reshape", "Concat", "Split",
    "Slice", "Tile", "Expand", "ConstantOfShape", "Range", "Pad", "Resize", "TopK", "NonZero", "OneHot", "Loop", "If",
    "Nothing", "",
)  # fmt: skip


def mutate(bundle: Path, seed: int) -> tuple[str, Mapping[Path, bytes]]:
    """Change a bundle.

    Args:
        bundle: its directory.
        seed: draws the file and the change.

    Returns:
        The change in words, and the files before it, for restore.
    """
    random = np.random.default_rng(seed)
    files = sorted(path for path in bundle.rglob("*") if path.is_file())
    path = files[int(random.integers(len(files)))]
    changes = {**_BYTES, **_BY_SUFFIX.get(path.suffix, {})}
    name = list(changes)[int(random.integers(len(changes)))]
    before = {path: path.read_bytes(), bundle / MANIFEST: (bundle / MANIFEST).read_bytes()}
    if name == "swap":
        path.write_bytes(files[int(random.integers(len(files)))].read_bytes())
    else:
        path.write_bytes(changes[name](before[path], random))
    if path.name != MANIFEST:
        _seal(bundle, files)
    return f"{name} in {path.name}", before


def restore(before: Mapping[Path, bytes]) -> None:
    """Undo a change."""
    for path, content in before.items():
        path.write_bytes(content)


def _seal(bundle: Path, files: list[Path]) -> None:
    """As seal does, without waiting for the disk."""
    contents = {path.relative_to(bundle).as_posix(): path.read_bytes() for path in files if path.name != MANIFEST}
    listed = {
        name: ListedFile(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
        for name, content in contents.items()
    }
    (bundle / MANIFEST).write_text(Manifest(files=listed).model_dump_json())


def _place(content: bytes, random: Random) -> int:
    return int(random.integers(max(len(content), 1)))


def _flip(content: bytes, random: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(int(random.integers(1, 9))):
        changed[_place(content, random)] ^= 1 << int(random.integers(8))
    return bytes(changed)


def _overwrite(content: bytes, random: Random) -> bytes:
    start, length = _place(content, random), int(random.integers(1, 65))
    return content[:start] + random.bytes(length) + content[start + length :]


def _number(content: bytes, random: Random) -> bytes:
    """Eight bytes that are a number somewhere."""
    start = _place(content, random)
    written = struct.pack("<q", _NUMBERS[int(random.integers(len(_NUMBERS)))])
    return content[:start] + written + content[start + 8 :]


def _repeat(content: bytes, random: Random) -> bytes:
    start = _place(content, random)
    end = start + int(random.integers(1, 257))
    return content[:end] + content[start:end] * int(random.integers(1, 50)) + content[end:]


_BYTES: Final[dict[str, Change]] = {
    "flip": _flip,
    "overwrite": _overwrite,
    "number": _number,
    "repeat": _repeat,
    "truncate": lambda content, random: content[: _place(content, random)],
    "append": lambda content, random: content + random.bytes(int(random.integers(1, 4097))),
    "remove": lambda content, random: content[: (start := _place(content, random))] + content[start + 16 :],
    "swap": lambda content, random: content,
}


def _odd_value(content: bytes, random: Random) -> bytes:
    whole = json.loads(content)
    holder, key = _drawn(whole, random)
    holder[key] = _ODD[int(random.integers(len(_ODD)))]
    return json.dumps(whole).encode()


def _other_key(content: bytes, random: Random) -> bytes:
    """A key is removed, or named otherwise, or an entry stands there twice."""
    whole = json.loads(content)
    holder, key = _drawn(whole, random)
    value = holder.pop(key)
    if isinstance(holder, list):
        holder += [value, value]
    elif random.random() < 0.5:
        holder[f"{key}2"] = value
    return json.dumps(whole).encode()


def _shuffled_number(content: bytes, random: Random) -> bytes:
    """A number a little larger or smaller, as another model may have it."""
    whole = json.loads(content)
    for _ in range(50):
        holder, key = _drawn(whole, random)
        if type(holder[key]) in (int, float):
            holder[key] += int(random.integers(-2, 3))
            break
    return json.dumps(whole).encode()


def _deep(content: bytes, random: Random) -> bytes:
    depth = int(random.integers(100, 100_000))
    start = content.find(b":", _place(content, random)) + 1
    return content[:start] + b"[" * depth + b"]" * depth + content[start:]


def _drawn(whole: Any, random: Random) -> tuple[Any, Any]:  # noqa: ANN401  what JSON holds
    """A place in nested JSON: what holds it, and its key there."""
    holder, key = {"": whole}, ""
    while isinstance(holder[key], dict | list) and len(holder[key]) and (key == "" or random.random() < 0.8):
        holder = holder[key]
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        key = keys[int(random.integers(len(keys)))]  # type: ignore[assignment]
    return holder, key


def _header(content: bytes, random: Random) -> bytes:
    """Another header of a safetensors file, of the right length."""
    length = int.from_bytes(content[:8], "little")
    changed = (_odd_value, _shuffled_number, _other_key, _deep)[int(random.integers(4))](
        content[8 : 8 + length], random
    )
    return len(changed).to_bytes(8, "little") + changed + content[8 + length :]


def _graph(content: bytes, random: Random) -> bytes:
    """A sound protobuf of another graph."""
    model = onnx.load_from_string(content)
    _GRAPHS[int(random.integers(len(_GRAPHS)))](model.graph, random)
    return bytes(model.SerializeToString())


def _tensors(graph: Any, random: Random) -> None:  # noqa: ANN401  messages of ONNX
    if not graph.initializer:
        return
    tensor = graph.initializer[int(random.integers(len(graph.initializer)))]
    choice = int(random.integers(4))
    if choice == 0 and tensor.dims:
        tensor.dims[int(random.integers(len(tensor.dims)))] = _NUMBERS[int(random.integers(len(_NUMBERS)))]
    elif choice == 1:
        tensor.data_type = int(random.integers(0, 25))
    elif choice == 2 and len(tensor.raw_data) >= 8:
        tensor.raw_data = _number(tensor.raw_data, random)[: len(tensor.raw_data)]
    else:
        places = ("weights.bin", "../weights.bin", "/dev/zero", "model.onnx")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        for key, value in (("location", places[int(random.integers(4))]), ("offset", "0"), ("length", "1000000000")):
            tensor.external_data.add(key=key, value=value)


def _nodes(graph: Any, random: Random) -> None:  # noqa: ANN401  messages of ONNX
    node = graph.node[int(random.integers(len(graph.node)))]
    choice = int(random.integers(5))
    if choice == 0:
        node.op_type = _OPERATORS[int(random.integers(len(_OPERATORS)))]
    elif choice == 1 and node.input:
        other = graph.node[int(random.integers(len(graph.node)))]
        node.input[int(random.integers(len(node.input)))] = other.output[0]
    elif choice == 2 and node.attribute:
        attribute = node.attribute[int(random.integers(len(node.attribute)))]
        attribute.i = _NUMBERS[int(random.integers(len(_NUMBERS)))]
        attribute.ints[:] = [attribute.i] * len(attribute.ints)
    elif choice == 3:
        node.domain = ("com.microsoft", "ai.onnx.ml", "evil")[int(random.integers(3))]
    else:
        graph.node.remove(node)


def _ends(graph: Any, random: Random) -> None:  # noqa: ANN401  messages of ONNX
    ends = (graph.input, graph.output)[int(random.integers(2))]
    end = ends[int(random.integers(len(ends)))]
    kind = end.type.tensor_type
    choice = int(random.integers(3))
    if choice == 0 and kind.shape.dim:
        kind.shape.dim[int(random.integers(len(kind.shape.dim)))].dim_value = _NUMBERS[int(random.integers(9))]
    elif choice == 1:
        kind.elem_type = int(random.integers(0, 25))
    else:
        end.name = f"{end.name}2"


_GRAPHS: Final = (_tensors, _tensors, _nodes, _nodes, _ends)
_JSON: Final[dict[str, Change]] = {
    "odd value": _odd_value,
    "other odd value": _odd_value,
    "other key": _other_key,
    "other number": _shuffled_number,
    "deep": _deep,
}
_BY_SUFFIX: Final[dict[str, dict[str, Change]]] = {
    ".json": _JSON,
    ".safetensors": {"header": _header, "another header": _header},
    ".onnx": dict.fromkeys(("graph", "another graph", "a third graph", "a fourth graph"), _graph),
}
