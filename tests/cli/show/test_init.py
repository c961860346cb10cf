"""What init prints."""

from dataclasses import replace

import pytest

from taskfusion.cli.show.init import inferred_content, print_inferred
from taskfusion.inspect.init.entry import Entry, Inferred

FOUND = Inferred(
    data={"table": "log.parquet"},
    features=(Entry("age", "feature", "a number", {"name": "age", "kind": "numeric"}),),
    questions=(),
    tasks=(Entry("click", "task", "44 % are 1", {"name": "click", "kind": "binary"}),),
    proposals=(),
    derived=(),
    left_out=(Entry("day [bold]", "left out", "grows with time"),),
    group=None,
    rows=1500,
    is_whole=False,
    why_split="It is so.",
)


def test_people_read_what_became_of_each_column(capsys: pytest.CaptureFixture[str]) -> None:
    print_inferred(FOUND)
    shown = capsys.readouterr().out
    assert "the first 1,500 rows: features 1, tasks 1" in shown
    assert "click: 44 % are 1" in shown
    assert "day [bold]: grows with time" in shown
    assert "note It is so." in shown
    assert "look at" not in shown


def test_notes_of_a_kind_are_one_in_80_columns_and_doubts_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    always = tuple(Entry(f"column number {k}", "left out", f"always {k}", heading="constant") for k in range(20))
    age = replace(FOUND.features[0], doubt="or a code?")
    print_inferred(replace(FOUND, left_out=always, features=(age,)))
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert "left out 20, constant: column number 0, column number 1," in shown
    assert "column number 19" in shown
    assert "look at age: or a code?" in shown
    assert inferred_content(replace(FOUND, features=(age,)))["features"][0]["doubt"] == "or a code?"


def test_programs_read_all_of_it() -> None:
    found = inferred_content(FOUND)
    assert found["features"] == [{"column": "age", "note": "a number", "settings": {"name": "age", "kind": "numeric"}}]
    assert found["left_out"] == [{"column": "day [bold]", "note": "grows with time"}]
    assert (found["rows"], found["whole_table"], found["group"]) == (1500, False, None)
