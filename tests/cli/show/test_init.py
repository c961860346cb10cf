"""What init prints."""

import pytest

from taskfusion.cli.show.init import inferred_content, print_inferred
from taskfusion.inspect.init.entry import Entry, Inferred

FOUND = Inferred(
    data={"table": "log.parquet"},
    features=(Entry("age", "feature", "a number", {"name": "age", "kind": "numeric"}),),
    questions=(),
    tasks=(Entry("click", "task", "44 % are 1", {"name": "click", "kind": "binary"}),),
    proposals=(),
    left_out=(Entry("day [bold]", "left out", "grows with time"),),
    group=None,
    rows=1500,
    is_whole=False,
)


def test_people_read_what_became_of_each_column(capsys: pytest.CaptureFixture[str]) -> None:
    print_inferred(FOUND)
    shown = capsys.readouterr().out
    assert "the first 1,500 rows: features 1, tasks 1" in shown
    assert "click: 44 % are 1" in shown
    assert "day [bold]: grows with time" in shown


def test_programs_read_all_of_it() -> None:
    found = inferred_content(FOUND)
    assert found["features"] == [{"column": "age", "note": "a number", "settings": {"name": "age", "kind": "numeric"}}]
    assert found["left_out"] == [{"column": "day [bold]", "note": "grows with time"}]
    assert (found["rows"], found["whole_table"], found["group"]) == (1500, False, None)
