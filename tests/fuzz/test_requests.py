"""Bodies of every kind in one process: each is answered, or refused in JSON with a sentence; nothing else."""

import json
import resource
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from serve.conftest import Exported
from serve.serving import ITEMS, TABLE, client_of
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.message import NO_LIMIT, Call, Kind
from taskfusion.serve.worker.settings import WorkerSettings

BODIES, REQUESTS = 50_000, 5_000
"""With --full-fuzz: bodies of each kind, and those of them that go through the server."""

MORE_BYTES = 50_000_000
"""That the second half of all bodies may add to the memory of the process."""

REFUSED = {400, 413, 422}
Random = np.random.Generator
IDS: list[Any] = ITEMS["item_id"].to_list()
ROWS: list[dict[str, Any]] = TABLE.drop("click", "seconds", "reaction", "time").rows(named=True)
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    2**63,
    2**64 - 1,
    -(2**63),
    10**30,
    1.5,
    1e308,
    -0.0,
    "",
    " ",
    "v1",
    "\x00",
    "ü\u2028",
    "x" * 10_000,
    "1,2,,3",
    "2024-01-31T10:00:00Z",
    "NaN",
    [],
    [None],
    [[]],
    ["v1", 1],
    [1.5],
    [{"a": 1}],
    {},
    {"id": "v1"},
    {"a": {"b": None}},
    ["v1"] * 1000,
]


def _content(random: Random) -> dict[str, Any]:
    """A request that can be answered."""
    row = ROWS[int(random.integers(len(ROWS)))]
    chosen: list[Any] = [IDS[place] for place in random.integers(0, len(IDS), int(random.integers(6)))]
    raw = [{"item_id": row["item_id"], "tags": row["tags"]}] * int(random.integers(3))
    request = {key: row[key] for key in ("user_id", "age", "history")}
    return {"request": request, "candidates": chosen + raw, "top": int(random.integers(1, 9))}


def _places(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths to every value."""
    keys = content if isinstance(content, dict) else range(len(content)) if isinstance(content, list) else ()
    for key in keys:
        yield (*path, key)
        yield from _places(content[key], (*path, key))


def _changed(content: dict[str, Any], random: Random) -> dict[str, Any]:
    """A value is another one, its key is another one, or it is gone."""
    found: dict[str, Any] = json.loads(json.dumps(content))
    paths = list(_places(found))
    *parents, last = paths[int(random.integers(len(paths)))]
    inside: Any = found
    for key in parents:
        inside = inside[key]
    way, odd = int(random.integers(4)), ODD[int(random.integers(len(ODD)))]
    if way == 0:
        del inside[last]
    elif way == 1 and isinstance(inside, dict):
        inside[str(odd)[:50]] = inside.pop(last)
    else:
        inside[last] = odd
    return found


def _mutated(content: bytes, random: Random) -> bytes:
    """Bytes are others, doubled, cut or very deep."""
    place, way = int(random.integers(len(content) + 1)), int(random.integers(5))
    if way == 0:
        return content[:place]
    if way == 1:
        return content[:place] + random.bytes(int(random.integers(1, 9))) + content[place + 1 :]
    if way == 2:
        return content[:place] + content[place // 2 :]
    if way == 3:
        return content[:place] + b"[" * int(random.integers(1, 3000)) + content[place:]
    return (
        content[:place]
        + [b"NaN", b"Infinity", b"1e999", b'"\\ud800"', b"\xff\xfe"][int(random.integers(5))]
        + content[place:]
    )


def _body(random: Random) -> bytes:
    content = _content(random)
    for _ in range(int(random.integers(4))):
        content = _changed(content, random) if content else content
    body = json.dumps(content).encode()
    return _mutated(body, random) if random.random() < 0.3 else body


@pytest.fixture(scope="module")
def answerer(exported: Exported, tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    items = tmp_path_factory.mktemp("items") / "items.parquet"
    ITEMS.write_parquet(items)
    return Answerer(WorkerSettings(bundle=str(exported.path), items=str(items)))


def _held() -> int:
    """The most bytes that this process held so far."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _require_answered(status: int, text: bytes, body: bytes) -> None:
    content = json.loads(text)
    if status == 200:
        assert set(content["order"]) <= set(range(content["counts"]["candidates"])), body
        assert len(content["score"]) == len(content["order"]), body
        return
    assert status in REFUSED, (status, body)
    assert set(content["error"]) == {"code", "message"}, body
    assert content["error"]["message"], body
    assert b"Traceback" not in text, body


def test_requests_are_answered_or_refused_and_memory_stays(answerer: Answerer, fuzz_share: float) -> None:
    statuses = set()
    count = round(BODIES * fuzz_share)
    for seed in range(count):
        body = _body(np.random.default_rng(seed))
        reply = answerer.reply(Call(seed, Kind.RANK, 0, NO_LIMIT, body))
        _require_answered(reply.status, reply.body, body)
        statuses.add(reply.status)
        if seed == count // 2:
            held = _held()
    assert statuses >= {200, 400, 422}
    assert _held() - held < MORE_BYTES


def test_the_server_answers_what_the_process_that_scores_does(answerer: Answerer, fuzz_share: float) -> None:
    client = client_of(answerer)
    for seed in range(round(REQUESTS * fuzz_share)):
        body = _body(np.random.default_rng(seed))
        found = client.post("/v1/rank", content=body)
        reply = answerer.reply(Call(seed, Kind.RANK, 0, NO_LIMIT, body))
        assert (found.status_code, found.content) == (reply.status, reply.body)


def test_inferences_are_answered_or_refused(answerer: Answerer, fuzz_share: float) -> None:
    kinds = {"user_id": "INT64", "item_id": "BYTES", "age": "FP64", "tags": "BYTES", "history": "BYTES"}
    row = {**ROWS[0], "history": "v1", "age": 3.5}
    inputs = [{"name": name, "shape": [1], "datatype": kind, "data": [row[name]]} for name, kind in kinds.items()]
    content: dict[str, Any] = {"inputs": inputs, "outputs": [{"name": "click"}], "id": "1"}
    inputs[4].update(shape=[1, 2], data=["v1", "v2"])
    statuses = set()
    for seed in range(round(BODIES * fuzz_share)):
        random = np.random.default_rng(seed)
        changed = content
        for _ in range(int(random.integers(3))):
            changed = _changed(changed, random) if changed else changed
        body = json.dumps(changed).encode()
        body = _mutated(body, random) if random.random() < 0.3 else body
        length = int(random.integers(len(body) + 9)) if random.random() < 0.1 else 0
        reply = answerer.reply(Call(seed, Kind.INFER, length, NO_LIMIT, body))
        assert reply.status in {200, *REFUSED}, (reply.status, body)
        assert reply.status == 200 or isinstance(json.loads(reply.body)["error"], str), body
        statuses.add(reply.status)
    assert statuses >= {200, 400, 422}
