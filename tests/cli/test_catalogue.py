"""catalogue, as a user types it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from serve.conftest import Exported
from serve.serving import ITEMS, started_server
from taskfusion.cli.app import app


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["catalogue", *map(str, arguments)])


@pytest.fixture
def table(tmp_path: Path) -> Path:
    ITEMS.write_parquet(tmp_path / "items.parquet")
    return tmp_path / "items.parquet"


def test_it_prints_a_record_for_programs_and_sentences_for_people(exported: Exported, table: Path) -> None:
    out = table.parent / "out"
    first = call(exported.path, "--items", table, "--out", out, "--json")
    assert first.exit_code == 0, first.output
    found = json.loads(first.stdout.splitlines()[-1])
    assert (found["out"], found["changes"]["new"], found["items"]) == (str(out), len(ITEMS), len(ITEMS))
    ITEMS[1:].write_parquet(table)
    again = call(exported.path, "--items", table, "--out", out)
    assert f"0 new, 0 changed, {len(ITEMS) - 1} kept, 1 gone" in again.stdout
    assert f"taskfusion serve {exported.path} --items {out}" in again.stdout


def test_what_it_made_is_served(exported: Exported, table: Path) -> None:
    out = table.parent / "out"
    call(exported.path, "--items", table, "--out", out)
    with started_server(exported.path, "--items", out) as server:
        ids = ITEMS["item_id"].to_list()
        ITEMS[5:].write_parquet(table)
        call(exported.path, "--items", table, "--out", out)  # a server that has the former items keeps them
        found = server.rank(candidates=[*ids, "nobody"]).json()
        assert (found["unknown"], found["counts"]["scored"]) == (["nobody"], len(ids))
        raw = server.rank(candidates=ITEMS.rows(named=True)).json()
    assert found["order"] == raw["order"]
    assert found["predictions"]["click"] == pytest.approx(raw["predictions"]["click"], rel=1e-5)
    assert found["counts"]["missing"] == raw["counts"]["missing"]


@pytest.mark.parametrize(
    ("options", "words"),
    [(["--items", "none.parquet"], "there is no file"), (["--items", "items.parquet", "--item-id", "x"], "--item-id")],
)
def test_what_is_unfit_is_refused(
    options: list[str], words: str, exported: Exported, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(table.parent)
    result = call(exported.path, *options, "--out", "out")
    assert result.exit_code == 2
    assert words in result.output
    assert not Path("out").exists()
