"""The command: what is not there is named, and a table is made once."""

from pathlib import Path

import polars as pl
import pytest

from benchmarks.foreign import __main__ as command
from benchmarks.foreign.tables import TABLES


def test_a_table_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        command.main(["films"])
    assert stop.value.code == 2
    assert "no table is called 'films'; there are movielens" in capsys.readouterr().err


def test_every_table_has_its_place_on_the_page() -> None:
    page = command.PAGE.read_text(encoding="utf-8")
    for name in TABLES:
        assert page.count(f"<!-- {name} -->") == page.count(f"<!-- end of {name} -->") == 1


def test_a_table_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def rows(cache: Path) -> pl.DataFrame:
        made.append(cache)
        return pl.DataFrame({"a": [1]})

    monkeypatch.setattr(command, "DATA", tmp_path / "data")
    monkeypatch.setattr(command, "TABLES", {"one": rows})
    for _ in range(2):
        command.prepare("one")
    assert made == [tmp_path / "data" / "packages"]
    assert pl.read_parquet(tmp_path / "data" / "one.parquet")["a"].to_list() == [1]
