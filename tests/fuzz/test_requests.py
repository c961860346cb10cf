"""Bodies of every kind in one process: each is answered, or refused in JSON with a sentence; nothing else."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.malformed.bodies import Body, body
from benchmarks.malformed.in_process import require_sound, run
from benchmarks.malformed.world import World
from serve.conftest import Exported
from serve.serving import ITEMS, REQUEST, TABLE, client_of
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.message import NO_LIMIT, Call, Kind
from taskfusion.serve.worker.settings import WorkerSettings

BODIES, REQUESTS = 100_000, 5_000
"""With --full-fuzz: bodies, and those of them that go through the server."""

MORE_MB = 100
"""That nine tenths of the bodies may add to the memory of the process."""


@pytest.fixture(scope="module")
def world(exported: Exported, tmp_path_factory: pytest.TempPathFactory) -> World:
    items = tmp_path_factory.mktemp("items") / "items.parquet"
    ITEMS.write_parquet(items)
    settings = WorkerSettings(bundle=str(exported.path), items=str(items))
    rows = TABLE.drop("click", "seconds", "reaction", "time").rows(named=True)
    return World(settings, "item_id", True, ("user_id", "age", "history"), ("item_id", "tags"), (), rows)


@pytest.fixture(scope="module")
def answerer(world: World) -> Answerer:
    return Answerer(world.settings)


def test_bodies_are_answered_or_refused_and_memory_stays(world: World, fuzz_share: float) -> None:
    with ProcessPoolExecutor(1, get_context("spawn")) as own:  # in this one, memory is that of other tests too
        found = own.submit(run, [world], round(BODIES * fuzz_share)).result()
    assert found.wrong == {}
    assert set(found.statuses) == {200, 400, 413, 422}
    assert found.late_mb - found.early_mb < MORE_MB


def test_the_server_answers_what_the_process_that_scores_does(
    world: World, answerer: Answerer, fuzz_share: float
) -> None:
    client = client_of(answerer)
    for number in range(round(REQUESTS * fuzz_share)):
        one = body(world, number)
        headers = {"inference-header-content-length": str(one.json_length)} if one.json_length else {}
        found = client.post(one.path, content=one.content, headers=headers)
        reply = answerer.reply(Call(number, one.kind, one.json_length, NO_LIMIT, one.content))
        assert found.status_code == reply.status, number
        if one.kind is Kind.INFER:
            assert found.content == reply.body, number
        else:  # who answered stands beside it
            assert {**found.json(), **orjson.loads(reply.body)} == found.json(), number


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from([*REQUEST, "item_id", "tags", "candidates", "top", "request", "other"]), JSON)
def test_any_json_may_stand_anywhere(answerer: Answerer, place: str, value: Any) -> None:
    item = {"item_id": "v1", "tags": None}
    content: dict[str, Any] = {"request": dict(REQUEST), "candidates": ["v1", item]}
    inside = next((one for one in (content["request"], item) if place in one), content)
    inside[place] = value
    one = Body(Kind.RANK, 0, orjson.dumps(content), False)
    require_sound(one, answerer.reply(Call(1, one.kind, 0, NO_LIMIT, one.content)))


@given(st.sampled_from([Kind.RANK, Kind.INFER]), st.binary(max_size=60), st.integers(0, 70))
def test_any_bytes_are_answered(answerer: Answerer, kind: Kind, content: bytes, length: int) -> None:
    one = Body(kind, length, content, False)
    require_sound(one, answerer.reply(Call(1, kind, length, NO_LIMIT, content)))


def test_long_and_unprintable_values_are_not_sent_back(answerer: Answerer, tmp_path: Path) -> None:
    """Of a key of 5,000 letters the message once had all, and of a name its line breaks."""
    request = {**REQUEST, "x" * 5000: 1, "a\n\x00\u2028": 2}
    del request["age"], request["user_id"]
    for content in ({"request": request, "candidates": ["v1"]}, {"request": {**REQUEST, "age": "1," * 5000}}):
        one = Body(Kind.RANK, 0, orjson.dumps({"candidates": ["v1"], **content}), False)
        reply = answerer.reply(Call(1, one.kind, 0, NO_LIMIT, one.content))
        assert reply.status == 422
        require_sound(one, reply)
