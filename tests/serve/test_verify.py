"""All ways of scoring, held against each other and against the run."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

from serve.conftest import Exported
from support import log_table
from taskfusion.base.errors import DataError, RunError
from taskfusion.base.extra import EXTRAS
from taskfusion.data.batch import Batch
from taskfusion.serve.scorer import Scorer
from taskfusion.serve.verify import TOLERANCE, UNSEEN_TEXT, differences, require_agreement, verify


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("verified") / "a.parquet"
    log_table(900, seed=6).write_parquet(path)
    return path


def test_all_ways_agree_with_the_run(exported: Exported, table: Path) -> None:
    seen: list[pl.DataFrame] = []

    def run(rows: pl.DataFrame) -> pl.DataFrame:
        seen.append(rows)
        with torch.no_grad():
            found = exported.model.predict(Batch.of(exported.encoder.encode(rows)))
        values = np.concatenate([part.numpy().reshape(len(rows), -1) for part in found], axis=1)
        return pl.DataFrame(values, schema=list(exported.experiment.table_schema.prediction_names))

    found = verify(exported.path, table, run)
    require_agreement(found)
    assert found.agrees
    assert (found.rows, found.made, found.reference) == (900, 9, "predict, the run itself")
    assert [way.name for way in found.ways] == [
        "score",
        "Scorer, a table",
        "Scorer, row by row",
        "Scorer, by candidates",
        "serve, /v1/rank",
        "serve, V2 inference",
    ]
    assert found.not_served is None
    assert all(set(way.differences) == {"click", "seconds", "reaction"} for way in found.ways)
    (rows,) = seen
    made = rows.tail(9)
    assert [made[column].null_count() for column in made.columns] == [1] * 5
    assert UNSEEN_TEXT in made["item_id"].to_list()
    assert [UNSEEN_TEXT] in made["history"].to_list()
    assert found.unseen >= 4
    assert found.missing >= 5


def test_a_run_that_predicts_otherwise_is_named(exported: Exported, table: Path) -> None:
    scorer = Scorer.load(exported.path)
    found = verify(exported.path, table, lambda rows: scorer.score(rows).with_columns(pl.col("click") + 1e-4))
    assert not found.agrees
    with pytest.raises(RunError, match=r"differs from 'predict, the run itself' by .*e-05 for task 'click'"):
        require_agreement(found)


def test_without_a_run_the_scorer_is_the_reference(exported: Exported, table: Path) -> None:
    found = verify(exported.path, table)
    assert found.agrees
    served = ["serve, /v1/rank", "serve, V2 inference"]
    assert [way.name for way in found.ways] == ["score", "Scorer, row by row", "Scorer, by candidates", *served]


def test_without_the_packages_of_the_server_its_ways_are_left_out(
    exported: Exported, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(EXTRAS, "serve", ("no_such_package",))
    found = verify(exported.path, table)
    assert found.agrees
    assert "serve, /v1/rank" not in [way.name for way in found.ways]
    assert "pip install 'taskfusion[serve]'" in str(found.not_served)


def test_a_table_without_a_column_is_refused(exported: Exported, tmp_path: Path) -> None:
    log_table(20).drop("age").write_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataError, match="needs the column 'age'"):
        verify(exported.path, tmp_path / "a.parquet")


def test_a_difference_is_relative_and_no_number_is_the_largest(exported: Exported) -> None:
    schema = exported.experiment.table_schema
    one = Scorer.load(exported.path).score(log_table(3))
    assert differences(schema, one, one) == {"click": 0, "seconds": 0, "reaction": 0}
    other = one.with_columns(
        seconds=pl.col("seconds") + 0.5 * (1 + pl.col("seconds").abs()), click=pl.lit(float("nan"))
    )
    found = differences(schema, one, other)
    assert found["seconds"] == pytest.approx(0.5, abs=1e-6)
    assert found["click"] > 1e30
    assert found["reaction"] < TOLERANCE
