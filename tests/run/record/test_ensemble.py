"""ensemble.json is read as it was written, or not at all."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from artifacts import require_strict
from taskfusion.run.record.ensemble import EnsembleRecord, EnsembleTask, EnsembleTrees

TREES = EnsembleTrees(ids="ordered", weight=0.25, rounds=12, loss=0.65)
TASK = EnsembleTask(
    name="click",
    network=0.5,
    trees=(TREES,),
    shift=(0.1,),
    kept=0.9,
    losses={"constant": 0.7, "network": 0.6, "ensemble": 0.59},
)


def test_what_is_written_is_read_and_nothing_else(tmp_path: Path) -> None:
    require_strict(tmp_path / "ensemble.json", EnsembleRecord(tasks=(TASK, TASK)))


@pytest.mark.parametrize("changed", [{"network": -0.1}, {"kept": 1.1}])
def test_numbers_that_no_fit_gives_are_refused(changed: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        EnsembleTask.model_validate({**TASK.model_dump(), **changed})


@pytest.mark.parametrize("changed", [{"weight": -1}, {"rounds": -1}])
def test_numbers_that_no_trees_have_are_refused(changed: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        EnsembleTrees.model_validate({**TREES.model_dump(), **changed})
