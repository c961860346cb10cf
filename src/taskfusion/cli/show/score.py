"""How far scoring is, and what it left."""

import time
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from taskfusion.cli.output import out
from taskfusion.report.grid import Grid
from taskfusion.serve.batch.record import SCORE, ScoreRecord

LEAST_SECONDS: Final = 10.0
"""Between two lines, where no bar can be drawn."""

SHOWN: Final = 8
"""Features of the table of those that the model knows least."""


class ScoreProgress:
    """A bar with the rows, rows per second and the time that is left; where no bar can be drawn, a line now and then.

    Args:
        console: where to draw.
        verb: what is done.
        what: it is done to.
    """

    def __init__(self, console: Console, verb: str = "scoring", what: str = "rows") -> None:
        self.console = console
        self.draws = console.is_terminal or console.is_jupyter
        self.begun = self.told = time.monotonic()
        self._verb, self._what = verb, what
        columns = TextColumn(verb), BarColumn(bar_width=16), TextColumn("{task.fields[line]}")
        self._bar = Progress(*columns, console=console, transient=True, disable=not self.draws)
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def on_rows(self, done: int, total: int, new: int) -> None:
        """Move the bar, or print a line where the last is a while ago."""
        now = time.monotonic()
        rate = new / max(now - self.begun, 1e-9)
        left = timedelta(seconds=round((total - done) / max(rate, 1e-9)))
        line = f"{done:,} of {total:,} {self._what}, {rate:,.0f} {self._what}/s, {left} left"
        if self.draws:
            if self._task is None:
                self._task = self._bar.add_task(self._verb, total=total, line=line)
            self._bar.update(self._task, completed=done, line=line)
        elif now - self.told >= LEAST_SECONDS and done < total:
            self.told = now
            self.console.print(line, highlight=False)


def print_score(found: ScoreRecord, path: Path) -> None:
    """Where the predictions are, how quickly they came, and which features the model knows least."""
    strange = [one for one in found.features if max(one.missing, one.unseen or 0) >= 0.0005][:SHOWN]
    if strange:
        rows = [[one.feature, _percent(one.missing), _percent(one.unseen)] for one in strange]
        out.print(Grid("what the model knows least of these rows", ["feature", "missing", "unseen values"], rows))
    out.print(
        f"{found.rows:,} rows scored in {found.seconds:,.0f} s, {found.rows_per_cpu_second:,.0f} rows per CPU second",
        highlight=False,
    )
    parts = f"{len(found.parts):,} part{'s' * (len(found.parts) > 1)}"
    out.print(f"{parts} and {SCORE}: {path}", soft_wrap=True, highlight=False)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"
