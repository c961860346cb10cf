"""The benchmark that kills servers, on one of them, and on logs that lack what they should not."""

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import DOCS
from benchmarks.log_kills import BATCH_ROWS, checked, report, work_of
from serve.conftest import Exported
from serve.decisions import decision
from serve.serving import ITEMS, REQUEST
from taskfusion.config.decisions import DecisionSettings
from taskfusion.serve.decision.writer import DecisionLog


def test_what_killed_servers_answered_is_in_the_log(exported: Exported, tmp_path: Path) -> None:
    ITEMS.write_parquet(tmp_path / "items.parquet")
    body = json.dumps({"request": REQUEST, "candidates": ITEMS["item_id"].to_list()}).encode()
    work = work_of(tmp_path, exported.path, tmp_path / "items.parquet", "item_id", [body])
    cells = report(work, 1).splitlines()[-1].strip("| ").split(" | ")
    assert cells[:2] == ["1", "0"]
    answered, held, lost = (int(cell.replace(",", "")) for cell in cells[2:5])
    assert held + lost == answered > 0
    assert len(work.kills()) == 1


def _log(path: Path, *names: str) -> Path:
    log = DecisionLog(DecisionSettings(directory=str(path)), "here", print)
    for name in names:
        log.put(decision(name))
    log.close()
    return path


def test_what_is_missing_or_there_twice_stops_it(tmp_path: Path) -> None:
    log = _log(tmp_path / "log", "a", "b")
    assert checked(log, [{"a": 0.5}, None, {"b": 3.0, "c": 0.1}]) == ["3", "1", "3", "2", "1", "1", "100", "0"]
    with pytest.raises(RuntimeError, match=r"one lost 1, the oldest 9\.00 s before"):
        checked(log, [{"a": 0.5, "c": 9.0}])
    with pytest.raises(RuntimeError, match=f"at most {2 * BATCH_ROWS} requests"):
        checked(log, [{str(number): 0.1 for number in range(2 * BATCH_ROWS + 1)}])
    with pytest.raises(RuntimeError, match="1 are there twice"):
        checked(_log(tmp_path / "log", "a"), [])


def test_the_page_has_its_marks_and_its_command() -> None:
    text = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
    assert text.count("<!-- log-kills -->\n") == text.count("\n<!-- end of log-kills -->") == 1
    assert "`python -m benchmarks.log_kills --kills 1000 --write`" in text
