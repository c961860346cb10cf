"""Bodies of ranking requests and of inferences by number: one number, one body, always the same."""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import numpy as np

from benchmarks.malformed.change import changed, mutated
from benchmarks.malformed.world import TYPES, Row, World
from taskfusion.serve.worker.message import Kind

SIZE: Final = "binary_data_size"
MOST_BYTES: Final = 4_000_000
"""Larger bodies are refused before they are read."""

_NUMPY: Final = {"INT64": "<i8", "INT32": "<i4", "FP64": "<f8", "FP32": "<f4", "BOOL": "?"}
_SIZES: Final = (-1, 0, 1, 3, 4, 2**31 - 1, 2**31, 2**32, 2**63, 10**40, 1.0, "8", None, True, [8])
_SHAPES: Final[tuple[Any, ...]] = ([], [0], [-1], [1, 1, 1], [2**31 - 1, 2**31 - 1], [2**62], [1.0], "1", None, [True])
_DATATYPES: Final = ("FP16", "BF16", "UINT64", "INT8", "BYTES", "bytes", "", "FP64", "BOOL", None, 7)


@dataclass(frozen=True)
class Body:
    """One body.

    Attributes:
        kind: of the call.
        json_length: bytes of JSON before binary data; 0: all.
        content: its bytes.
        is_sound: nothing of it was changed.
    """

    kind: Kind
    json_length: int
    content: bytes
    is_sound: bool

    @property
    def path(self) -> str:
        """Where it is sent to over HTTP."""
        return "/v1/rank" if self.kind is Kind.RANK else "/v2/models/ranker/infer"


def body(world: World, number: int) -> Body:
    """The body of a number: a sound one, of which up to four values and two places in its bytes are changed."""
    random = Random(number)
    times = random.choice((0, 1, 1, 2, 3, 4))
    byte_times = random.choice((0,) * 10 + (1, 2))
    way = random.random()
    if way < 0.02:
        return Body(random.choice((Kind.RANK, Kind.INFER)), 0, random.randbytes(random.randrange(200)), False)
    if way < 0.5:
        found = Body(Kind.RANK, 0, changed(_rank(world, random), random, times), not times)
    elif way < 0.75:
        found = Body(Kind.INFER, 0, changed(_inference(world, random), random, times), not times)
    else:
        found = _binary(world, random, times)
    if not byte_times and len(found.content) <= MOST_BYTES:
        return found
    content = found.content[:MOST_BYTES]
    for _ in range(byte_times):
        content = mutated(content, random)[:MOST_BYTES]
    return Body(found.kind, found.json_length, content, False)


def _rank(world: World, random: Random) -> dict[str, Any]:
    """A request that can be answered."""
    row = random.choice(world.rows)
    candidates = [_candidate(world, random) for _ in range(random.choice((0, 1, 2, 3, 5, 40)))]
    request = _part(row, world.request)
    if random.random() < 0.5 and "place.city" in request:
        request["place"] = {"city": request.pop("place.city")}
    found: dict[str, Any] = {"request": request, "candidates": candidates}
    if random.random() < 0.5:
        found["top"] = random.randrange(1, 9)
    return found


def _candidate(world: World, random: Random) -> Any:  # noqa: ANN401  JSON
    row = random.choice(world.rows)
    own = _part(row, world.candidate)
    if world.has_items and random.random() < 0.7:
        one = row[world.item_id] if random.random() < 0.9 else random.choice(("new", 3, -1))
        return {"id": one, **own} if own else one
    return {**_part(row, world.item), **own}


def _part(row: Row, names: Sequence[str]) -> Row:
    return {name: row[name] for name in names}


def _columns(world: World, random: Random) -> tuple[list[Row], list[str]]:
    """Some rows of all columns, none of which is missing."""
    names = [*world.request, *world.item, *world.candidate]
    whole = [row for row in world.rows[:100] if row["age"] is not None and len(row["history"]) > 1]
    return [random.choice(whole) for _ in range(random.choice((1, 1, 2, 5)))], names


def _values(row: Row, name: str) -> list[Any]:
    return row[name][:2] if name == "history" else [row[name]]


def _tensor(name: str, rows: list[Row]) -> dict[str, Any]:
    shape = [len(rows), 2] if name == "history" else [len(rows)]
    return {"name": name, "shape": shape, "datatype": TYPES[name]}


def _inference(world: World, random: Random) -> dict[str, Any]:
    """An inference that can be answered, in JSON."""
    rows, names = _columns(world, random)
    inputs = [{**_tensor(name, rows), "data": [v for row in rows for v in _values(row, name)]} for name in names]
    found: dict[str, Any] = {"inputs": inputs, "outputs": [{"name": "click"}], "id": "1"}
    if random.random() < 0.3:
        found["parameters"] = {"binary_data_output": random.random() < 0.5}
    return found


def _binary(world: World, random: Random, times: int) -> Body:
    """An inference with binary data, whose sizes, shapes and datatypes are the first to be wrong."""
    rows, names = _columns(world, random)
    inputs, tail = [], b""
    for name in names:
        tensor = _tensor(name, rows)
        data = _packed([value for row in rows for value in _values(row, name)], TYPES[name])
        inputs.append({**tensor, "parameters": {SIZE: len(data)}})
        tail += data
    for _ in range(random.randrange(3) if times else 0):
        tensor = random.choice(inputs)
        way = random.randrange(3)
        if way == 0:
            tensor["parameters"] = {SIZE: random.choice(_SIZES)}
        elif way == 1:
            tensor["shape"] = random.choice(_SHAPES)
        else:
            tensor["datatype"] = random.choice(_DATATYPES)
    content: dict[str, Any] = {"inputs": inputs}
    text = json.dumps(content).encode() if times < 2 else changed(content, random, times - 1)
    length = len(text)
    if times and random.random() < 0.4:
        tail = mutated(tail, random)
    if times and random.random() < 0.1:
        length = random.choice((1, length - 1, length + 1, length + len(tail) + 1, 2**31 - 1))
    return Body(Kind.INFER, length, text + tail, not times)


def _packed(values: list[Any], datatype: str) -> bytes:
    if datatype != "BYTES":
        return np.asarray(values, _NUMPY[datatype]).tobytes()
    texts = [value.encode() for value in values]
    return b"".join(struct.pack("<I", len(text)) + text for text in texts)
