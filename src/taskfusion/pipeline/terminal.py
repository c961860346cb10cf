"""Progress of training in a terminal or a notebook."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.text import Text

from taskfusion.pipeline.progress import Progress, Silent, TrialEvent
from taskfusion.report.console import console
from taskfusion.train.loop import EvaluationEvent, StepEvent

REFRESH_SECONDS = 0.2


class TerminalProgress:
    """A bar with rows/s, the loss of every task and the time that is left at the most; a line per evaluation.

    Args:
        console: where to draw; standard error, so that standard output stays clean.
        bars: whether there is a bar, where a terminal or a notebook can draw one, or lines alone.
    """

    def __init__(self, console: Console, *, bars: bool = True) -> None:
        self.console = console
        self.draws = bars and (console.is_terminal or console.is_jupyter)
        self.names: tuple[str, ...] = ()
        self.rows = 0
        self.begun = self.drawn = 0.0
        self.bar: Bar | None = None
        self.bar_task = TaskID(0)
        self.title = ""

    @contextmanager
    def training(self, title: str, task_names: Sequence[str], num_rows: int) -> Iterator[None]:
        """Draws while one model is trained."""
        self.names, self.title = tuple(task_names), title
        self.rows, self.begun = 0, time.monotonic()
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[rate]}", markup=False),
            TextColumn("{task.fields[losses]}", style="dim", markup=False),
            TimeElapsedColumn(),
            TextColumn("at most"),
            TimeRemainingColumn(),
        )
        with Bar(*columns, console=self.console, transient=True, disable=not self.draws) as bar:
            self.bar, self.bar_task = bar, bar.add_task(self.title, total=num_rows, rate="", losses="")
            yield
        self.bar = None

    def on_step(self, event: StepEvent) -> None:
        """Move the bar, a few times a second."""
        self.rows += event.rows
        now = time.monotonic()
        if self.bar is None or now - self.drawn < REFRESH_SECONDS:
            return
        self.drawn = now
        rate = self.rows / max(now - self.begun, 1e-9)
        found = zip(self.names, event.loss_T.tolist(), event.weight_T.tolist(), strict=True)
        losses = " ".join(f"{name} {loss:.3f}" if weight else f"{name} -" for name, loss, weight in found)
        title = f"{self.title} epoch {event.state.epoch + 1}"
        self.bar.update(
            self.bar_task, completed=event.state.rows, description=title, rate=f"{rate:,.0f} rows/s", losses=losses
        )

    def on_evaluation(self, event: EvaluationEvent) -> None:
        """A line for the evaluation."""
        star = " best so far" if event.is_best else ""
        line = f"{self.title} epoch {event.epoch:.2f}: validation criterion {event.evaluation.criterion:.4f}"
        speed = f" ({event.rows_per_second:,.0f} rows/s, {event.seconds:.0f} s)"
        self.console.print(Text.assemble(line, (star, "bold"), (speed, "dim")))

    def on_stop_request(self) -> None:
        """A line that says what comes."""
        with suppress(RuntimeError):  # the signal came in the middle of another write to the same stream
            self.console.print("stopping after this step; press Ctrl-C again to stop at once")

    def on_done(self, what: str, done: int, total: int, seconds_left: float) -> None:
        """A line with the time that is left."""
        self.console.print(Text.assemble((f"{done} of {total} {what} done", "bold"), f", {_left(seconds_left)}"))

    def on_wait(self, why: str) -> None:
        """A line that says for whom."""
        self.console.print(Text(why), soft_wrap=True)

    def on_note(self, found: str) -> None:
        """A line that says it."""
        self.console.print(Text(found), soft_wrap=True)

    def on_trial(self, event: TrialEvent) -> None:
        """A line with what the trial reached, and the time that is left."""
        reached = "no evaluation" if event.value is None else f"criterion {event.value:.4f}"
        ended = f", {event.stopped}" if event.stopped else ""
        best = "" if event.best is None else f", best {event.best:.4f}"
        line = f"{event.title}: {event.done} of {event.total} trials done"
        rest = f", {reached}{ended}{best}, {_left(event.seconds_left)}"
        self.console.print(Text.assemble((line, "bold"), rest))


def _left(seconds: float) -> str:
    return f"about {max(1, round(seconds / 60))} min left" if seconds else "nothing left to do"


VERBOSE: Final[Mapping[int, Callable[[], Progress]]] = {
    0: Silent,
    1: lambda: TerminalProgress(console(stderr=True), bars=False),
    2: lambda: TerminalProgress(console(stderr=True)),
}
"""How much is shown of training: nothing, one line per evaluation, a bar too; on standard error."""
