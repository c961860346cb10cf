"""Requests that are drawn are answered, and pairs stand together by request."""

import orjson
import polars as pl
import pytest

from serve.conftest import Exported
from support import log_table
from taskfusion.base.errors import DataError
from taskfusion.serve.cost.draw import draw
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.message import NO_LIMIT, Call, Kind
from taskfusion.serve.worker.settings import WorkerSettings

TABLE = log_table(400, seed=5).select(pl.exclude("click", "seconds", "reaction"))


def test_requests_are_those_that_the_server_answers(exported: Exported, tmp_path: object) -> None:
    drawn = draw(exported.experiment.table_schema, TABLE.lazy(), 7)
    assert drawn.items is not None
    drawn.items.write_parquet(f"{tmp_path}/items.parquet")
    answerer = Answerer(WorkerSettings(bundle=str(exported.path), items=f"{tmp_path}/items.parquet"))
    for body in drawn.bodies:
        reply = answerer.reply(Call(1, Kind.RANK, 0, NO_LIMIT, body))
        assert reply.status == 200, reply.body
        assert len(orjson.loads(reply.body)["order"]) == 7
    assert drawn.bodies == draw(exported.experiment.table_schema, TABLE.lazy(), 7).bodies


def test_pairs_have_all_features_and_one_user_per_request(exported: Exported) -> None:
    drawn = draw(exported.experiment.table_schema, TABLE.lazy(), 50)
    assert len(drawn.pairs) == 40 * 50
    users = drawn.pairs["user_id"].to_list()
    assert [len(set(users[start : start + 50])) for start in range(0, 2000, 50)] == [1] * 40


def test_a_table_that_cannot_be_asked_about_is_refused(exported: Exported) -> None:
    schema = exported.experiment.table_schema
    with pytest.raises(DataError, match="age"):
        draw(schema, TABLE.drop("age").lazy(), 3)
    with pytest.raises(DataError):
        draw(schema, TABLE.head(0).lazy(), 3)
    with pytest.raises(DataError, match="sent as JSON"):
        draw(schema, TABLE.with_columns(pl.col("age").cast(pl.Decimal(10, 2))).lazy(), 3)
