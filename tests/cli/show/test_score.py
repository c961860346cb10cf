"""What score shows, in a narrow terminal too."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from serve.batch.test_record import record
from taskfusion.cli.output import out
from taskfusion.cli.show.score import LEAST_SECONDS, ScoreProgress, print_score


def test_the_line_fits_into_80_columns() -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=80, force_terminal=True, color_system=None)
    with ScoreProgress(console) as progress:
        progress.on_rows(123_456_789, 987_654_321, 12_345_678)
        progress._bar.refresh()
    line = next(part for part in stream.getvalue().splitlines() if "rows/s" in part)
    assert "123,456,789 of 987,654,321" in line


def test_without_a_terminal_a_line_comes_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("taskfusion.cli.show.score.time.monotonic", lambda: now)
    stream = io.StringIO()
    with ScoreProgress(Console(file=stream, width=80)) as progress:
        for done in range(1, 9):
            now += LEAST_SECONDS / 2
            progress.on_rows(done * 1000, 8000, done * 1000)
    lines = stream.getvalue().splitlines()
    assert lines == [f"{done},000 of 8,000 rows, 200 rows/s, 0:00:{5 * (8 - done):02} left" for done in (2, 4, 6)]


@pytest.mark.parametrize("width", [80, 160])
def test_the_end_says_what_the_model_knows_least(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(out, "width", width)
    print_score(record(), Path("scores"))
    shown = capsys.readouterr().out
    assert "user      20.0 %         50.0 %" in shown
    assert "5 rows scored in 1 s, 5 rows per CPU second" in shown
    assert "1 part and score.json: scores" in shown
