"""A reference of a table is what its columns say."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from taskfusion.base.errors import DataError
from taskfusion.data.encode import FeatureEncoder
from taskfusion.watch.reference.build import ReferenceQuestion, build_reference
from watch.worlds import RATES, SCHEMA, START, predict, reference, rows

TABLE = rows(4000, 3).with_columns(time=pl.lit(START), request=pl.int_range(4000) // 4)
ENCODER = FeatureEncoder.fit(TABLE.lazy(), SCHEMA.features)


def _question() -> ReferenceQuestion:
    truth = {name: TABLE[f"true.{name}"] for name in RATES}
    looked_up = lambda block: pl.DataFrame({name: truth[name][: len(block)] for name in RATES})  # noqa: E731
    return ReferenceQuestion(SCHEMA, ENCODER, looked_up, "abc", None, None, ["country"], 5000)


def test_means_and_segments_are_those_of_the_table() -> None:
    found = build_reference(_question(), TABLE.lazy(), "table")
    for task in found.tasks:
        whole, *segments = task.segments
        assert whole.observed == pytest.approx(TABLE[task.task].mean())
        assert whole.predicted == pytest.approx(predict(TABLE)[task.task].mean())
        assert sum(one.rows for one in segments) == 4000
        assert {one.segment for one in segments} == {"country=de", "country=jp", "country=us"}
        assert np.sum(whole.counts) == 4000
        assert max(whole.counts[0]) < 250, "twentieths"
    assert {one.name for one in found.features} == {"country", "taste"}


def test_requests_and_times_are_read(tmp_path: Path) -> None:
    found = build_reference(replace(_question(), time="time", request="request"), TABLE.lazy(), "table")
    assert found.tasks[0].segments[0].design == pytest.approx(1, abs=0.2)
    assert len(reference(tmp_path / "r", count=3000).reference.tasks) == 2


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"segments": ["town"]}, "'town'"), ({"time": "when"}, "'when'"), ({"request": "visit"}, "'visit'")],
)
def test_a_column_that_is_not_there_is_named(changed: dict[str, object], said: str) -> None:
    with pytest.raises(DataError, match=said):
        build_reference(replace(_question(), **changed), TABLE.lazy(), "table")  # type: ignore[arg-type]


def test_a_task_without_labels_is_named() -> None:
    with pytest.raises(DataError, match="'click'"):
        build_reference(_question(), TABLE.with_columns(click=pl.lit(None, pl.Int8)).lazy(), "table")
