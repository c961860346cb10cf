"""A number is a body, always the same; some are sound."""

from pathlib import Path

import pytest

from benchmarks.malformed.bodies import body
from benchmarks.malformed.world import World
from taskfusion.serve.worker.message import Kind
from taskfusion.serve.worker.settings import WorkerSettings

ROW = {"user_id": 1, "age": 3, "history": ["v1", "v2"], "item_id": "v1", "tags": "1,2"}
WORLD = World(WorkerSettings(bundle=""), "item_id", True, ("user_id", "age", "history"), ("item_id", "tags"), (), [ROW])


def test_a_number_is_a_body() -> None:
    assert [body(WORLD, number) for number in range(200)] == [body(WORLD, number) for number in range(200)]
    found = {(one.kind, one.is_sound, one.json_length > 0) for one in map(body, [WORLD] * 500, range(500))}
    assert found >= {(Kind.RANK, True, False), (Kind.INFER, True, True), (Kind.INFER, False, True)}
    assert {body(WORLD, number).path for number in range(50)} == {"/v1/rank", "/v2/models/ranker/infer"}


@pytest.mark.parametrize("first", [0, 10_000])
def test_most_bodies_differ(first: int, tmp_path: Path) -> None:
    assert len({body(WORLD, number).content for number in range(first, first + 300)}) > 200
