"""The rows that are explained, and their segments."""

import polars as pl
import pytest

from support import log_table
from taskfusion.base.errors import DataError
from taskfusion.pipeline import explained_rows
from taskfusion.pipeline.explained_rows import read_rows
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.run.directory import RunDirectory


@pytest.fixture
def trained(run: RunDirectory) -> TrainedModel:
    return TrainedModel.load(run.path)


def test_groups_are_numbered_and_segments_hold_their_rows(trained: TrainedModel) -> None:
    frame = log_table(200, 2)
    rows = read_rows(trained, frame.lazy(), "it", "item_id")
    assert (len(rows.batch), rows.grouped) == (200, True)
    assert rows.num_clusters == frame["user_id"].n_unique()
    counts = frame["item_id"].value_counts(sort=True)
    assert [int(in_B.sum()) for in_B in rows.segments.values()] == counts["count"].to_list()[:5]
    for value, in_B in rows.segments.items():
        assert (frame["item_id"] == value).to_numpy().tolist() == in_B.tolist()
    assert rows.other_segments == len(counts) - 5
    assert rows.parts.shape == (6, 200)
    assert rows.parts[0].all()


def test_no_more_rows_are_read_than_are_wanted(trained: TrainedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    assert explained_rows.MOST_ROWS >= 1000
    rows = read_rows(trained, log_table(200, 2).lazy(), "it", None, most=50)
    assert len(rows.batch) == 50
    assert rows.batch.group_B is not None
    assert rows.segments == {}


@pytest.mark.parametrize(
    ("segment", "words"),
    [("age", "'age' is no categorical one"), ("item", "did you mean 'item_id'"), ("history", "no categorical")],
)
def test_a_segment_that_is_no_categorical_feature_is_refused(trained: TrainedModel, segment: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read_rows(trained, log_table(20).lazy(), "it", segment)


def test_rows_without_any_label_are_refused(trained: TrainedModel) -> None:
    frame = log_table(20).with_columns(
        click=pl.lit(None, pl.Int64), seconds=pl.lit(None, pl.Float64), reaction=pl.lit(None, pl.String)
    )
    with pytest.raises(DataError, match="it should have labels"):
        read_rows(trained, frame.lazy(), "it", None)
