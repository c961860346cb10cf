"""Importance of a run, end to end."""

from pathlib import Path

import pytest

from pipeline.conftest import train
from support import experiment
from taskfusion.data.prepared import SplitTables, encode_splits
from taskfusion.pipeline import importance
from taskfusion.pipeline.importance import LEAST_ROWS, MOST_ROWS, REPEATS, importances
from taskfusion.pipeline.predict import TrainedModel


def test_what_a_task_follows_from_is_found(parts: SplitTables, tmp_path: Path) -> None:
    directory = train(parts, tmp_path / "run", training={"epochs": 12, "patience": 5})
    found = directory.read_importance()
    assert found.repeats == REPEATS
    rises = {one.feature: one.tasks["reaction"].mean for one in found.features}
    assert set(rises) == {"user_id", "item_id", "age", "tags", "history"}
    assert max(rises, key=rises.__getitem__) in ("user_id", "item_id", "age")
    assert max(rises.values()) > 1
    page = directory.report.read_text(encoding="utf-8")
    assert f"among {found.rows} validation rows" in page


@pytest.mark.parametrize(("trained", "rows"), [(0, 20), (REPEATS * 5 * 33, 33), (10**9, 40)])
def test_the_rows_are_as_many_as_training_can_pay_for(
    parts: SplitTables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trained: int, rows: int
) -> None:
    monkeypatch.setattr(importance, "LEAST_ROWS", 20)
    monkeypatch.setattr(importance, "MOST_ROWS", 40)
    assert LEAST_ROWS < MOST_ROWS
    directory = train(parts, tmp_path / "run", training={"epochs": 1})
    chosen = experiment(training={"epochs": 1})
    data = encode_splits(parts, chosen.table_schema, memory_gib=1)
    model = TrainedModel.load(directory.path).model
    found = importances(model, data, chosen.table_schema, trained_rows=trained, seed=0)
    assert (found.rows, found.repeats) == (rows, REPEATS)
