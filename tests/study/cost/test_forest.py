"""Trees are measured on the rows that the network gets."""

from pathlib import Path

from study.cost.test_cost import compared
from support import log_table
from taskfusion.run.directory import RunDirectory
from taskfusion.serve.cost.draw import draw
from taskfusion.study.cost.forest import measure_trees
from taskfusion.study.cost.subject import read_subject

__all__ = ["compared"]


def test_what_all_share_and_each_task_are_measured(compared: Path) -> None:
    trees = read_subject(compared).ways["trees"]
    schema = RunDirectory(trees.paths[0]).experiment().table_schema
    found = measure_trees(trees, draw(schema, log_table(200, 9).lazy(), 6), repeats=2)
    shared, *own = found.models
    assert shared.tasks == ()
    assert [one.tasks for one in own] == [("click",), ("seconds",)]
    assert all(one.request_seconds.value > 0 and one.row_seconds.value > 0 for one in found.models)
    assert shared.process_mb.value > 5
