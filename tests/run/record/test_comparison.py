"""comparison.json: the records of the results page are of this form."""

from pathlib import Path

import pytest

from artifacts import require_strict
from taskfusion.base.errors import RunError
from taskfusion.base.record import read_artifact, write_artifact
from taskfusion.evaluate.comparison import Cell, summarize
from taskfusion.run.record.comparison import ComparedTask, ComparisonRecord

CELLS = tuple(
    Cell(
        variant=variant,
        seed=seed,
        parameters=None,
        flops_per_row=None,
        seconds=1.0,
        epochs=None,
        tasks={"click": {"relative_loss": loss + seed / 10}},
    )
    for variant, loss in (("single-task", 0.5), ("lightgbm", 0.4))
    for seed in (0, 1)
)
RECORD = ComparisonRecord(
    name="c",
    split="test",
    tasks=(ComparedTask(name="click", kind="binary"),),
    budget={"seeds": 2, "learning rate": "tuned"},
    verdicts=("a sentence.",),
    best={},
    summary=summarize(CELLS),
    evidence=None,
    stopping_costs={},
    cells=CELLS,
    tuned={"ple": {"": {"network.level_dims": [[8], [4]]}}},
)


def test_anything_else_is_refused_in_every_place(tmp_path: Path) -> None:
    require_strict(tmp_path / "comparison.json", RECORD, free=("budget", "tuned"))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_artifact(tmp_path / "comparison.json", RECORD)
    found = read_artifact(tmp_path / "comparison.json", ComparisonRecord)
    assert found == RECORD
    assert summarize(found.cells) == found.summary


def test_a_verdict_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "comparison.json"
    write_artifact(path, RECORD)
    path.write_text(path.read_text().replace('"no difference shown"', '"great"').replace('"better"', '"great"'))
    with pytest.raises(RunError, match=r"comparison\.json.*verdict"):
        read_artifact(path, ComparisonRecord)
