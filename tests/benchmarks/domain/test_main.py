"""The command writes its tables between the marks, and refuses what it does not know."""

from pathlib import Path

import pytest

import benchmarks.domain.__main__ as command


def test_tables_stand_between_the_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text(command.PAGE.read_text())
    monkeypatch.setattr(command, "PAGE", page)
    monkeypatch.setattr(command, "shift_row", lambda size, model, seeds: f"| row of {size} {model} {seeds} |")
    monkeypatch.setattr(command, "scenario_rows", lambda name, seeds, data: f"| row of {name} {seeds} |")
    command.main(["--seeds", "2", "--data", str(tmp_path)])
    text = page.read_text()
    assert "| row of 2.0 flexible 2 |" in text
    assert "| row of of one size 2 |" in text


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as found:
        command.main(["shfit"])
    assert found.value.code == 2
    assert "no part is called 'shfit'" in capsys.readouterr().err
