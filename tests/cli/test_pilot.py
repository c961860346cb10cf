"""taskfusion pilot, as people call it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from config.test_charter import KPIS
from pilot.logs import log
from rois import write_files
from taskfusion.cli.app import app

CHARTER = "name: p\nmetrics: [{kpi: click, value: click}]\nunit: user\ntime: time\npercent: 20\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "kpi.yaml").write_text(KPIS)
    (tmp_path / "charter.yaml").write_text(CHARTER)
    log(units=400).write_parquet(tmp_path / "log.parquet")
    return tmp_path


def _call(folder: Path, *arguments: str) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["pilot", *(str(folder / one) if "." in one else one for one in arguments)])
    return found.exit_code, found.output


def test_a_plan_is_written_and_told(folder: Path) -> None:
    code, said = _call(folder, "plan", "charter.yaml", "--log", "log.parquet", "--out", "plan.d")
    assert code == 0, said
    assert "this pilot cannot see less than" in said.replace("\n", " ")
    assert (folder / "plan.d" / "report.html").exists()
    assert '<html lang="en">' in (folder / "plan.d" / "report.html").read_text(encoding="utf-8")
    again = ("--lang", "ja", "--json")
    code, said = _call(folder, "plan", "charter.yaml", "--log", "log.parquet", "--out", "plan.d", *again)
    assert '<html lang="ja">' in (folder / "plan.d" / "report.html").read_text(encoding="utf-8")
    assert json.loads(said.splitlines()[-1])["kpis"][0]["name"] == "click"


def test_arms_are_written_and_counted(folder: Path) -> None:
    code, said = _call(folder, "assign", "charter.yaml", "--units", "log.parquet", "--out", "arms.csv")
    assert code == 0, said
    assert "treatment: " in said
    code, said = _call(folder, "assign", "charter.yaml", "--units", "log.parquet", "--out", "arms.csv", "--json")
    assert sum(json.loads(said.splitlines()[-1])["units"].values()) == 400


def test_a_memo_is_written_and_told(folder: Path) -> None:
    (folder / "charter.yaml").write_text(f"{CHARTER}start: 2026-03-09\n")
    code, said = _call(folder, "analyse", "charter.yaml", "--log", "log.parquet", "--out", "memo.d")
    assert code == 0, said
    assert "days of exposure: 14 of 14" in said
    code, said = _call(folder, "analyse", "charter.yaml", "--log", "log.parquet", "--out", "memo.d", "--json")
    assert json.loads(said.splitlines()[-1])["action"] in ("hold", "ship", "roll back")


def test_a_return_is_written_and_told(folder: Path) -> None:
    write_files(folder, "ship")
    code, said = _call(folder, "roi", "roi.yaml", "--out", "roi.d")
    assert code == 0, said
    assert "savings alone" in said
    assert "Go: it pays." in said
    code, said = _call(folder, "roi", "roi.yaml", "--out", "roi.d", "--lang", "ja", "--json")
    assert json.loads(said.splitlines()[-1])["verdict"] == "go"
    assert "投資対効果" in (folder / "roi.d" / "report.html").read_text()


def test_bad_input_of_a_return_is_one_sentence(folder: Path) -> None:
    write_files(folder, "ship")
    (folder / "cost.json").unlink()
    code, said = _call(folder, "roi", "roi.yaml", "--out", "roi.d")
    assert (code, "cost.json" in said, "Traceback" in said) == (2, True, False)
    assert not (folder / "roi.d").exists()


def test_bad_input_is_one_sentence(folder: Path) -> None:
    (folder / "charter.yaml").write_text(CHARTER.replace("user", "usr"))
    code, said = _call(folder, "plan", "charter.yaml", "--log", "log.parquet", "--out", "plan.d")
    assert (code, "usr" in said, "Traceback" in said) == (2, True, False)
    assert not (folder / "plan.d").exists()
