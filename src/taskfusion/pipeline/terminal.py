"""Progress of training in a terminal or a notebook, on one line however narrow it is."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Final

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.progress import Progress as Bar
from rich.progress import Task as BarTask
from rich.progress import TaskID
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from taskfusion.pipeline.progress import Progress, Silent, TrialEvent
from taskfusion.report.console import console
from taskfusion.train.loop import EvaluationEvent, StepEvent

REFRESH_SECONDS = 0.2
LEAST_SECONDS = 10.0
"""Between two lines that count what is done."""

BAR_WIDTHS: Final = (5, 20)
"""Columns of the bar, at least and at most."""


class TrainingLine:
    """Epoch, bar, rows per second and the time that is left at the most; where there is room for them, the title before
    and the losses behind, as many as fit.

    Args:
        task: of a bar of Rich.
    """

    def __init__(self, task: BarTask) -> None:
        self.task = task

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        fields = self.task.fields
        title, epoch = Text(self.task.description), Text(f"epoch {fields['epoch']}")
        after = [Text(f"{_short(fields['rate'])} rows/s"), Text(_left_at_most(self.task.time_remaining))]
        room = options.max_width - sum(len(text) + 1 for text in (epoch, *after)) - BAR_WIDTHS[0]
        before = [title, epoch] if len(title) < room else [epoch]
        room -= len(title) + 1 if title in before else 0
        width = BAR_WIDTHS[0] + min(max(room, 0), BAR_WIDTHS[1] - BAR_WIDTHS[0])
        room -= width - BAR_WIDTHS[0]
        for loss in fields["losses"]:
            room -= len(loss) + 1
            after += [Text(loss, style="dim")] if room >= 0 else []
        bar = ProgressBar(self.task.total, self.task.completed, width=width)
        yield _beside([*before, bar, *after])


def _beside(parts: Sequence[RenderableType]) -> Table:
    line = Table.grid(padding=(0, 1))
    for _ in parts:
        line.add_column(no_wrap=True)
    line.add_row(*parts)
    return line


def _short(rate: float) -> str:
    return f"{rate:,.0f}" if rate < 10_000 else f"{rate / 1000:,.0f}k"


def _left_at_most(seconds: float | None) -> str:
    """The time that is left where training is not stopped early."""
    return "-:--:-- left" if seconds is None else f"{timedelta(seconds=int(seconds))} left"


class TrainingBar(Bar):
    """The line of the model that is trained."""

    def get_renderables(self) -> Iterator[RenderableType]:
        """One line per bar."""
        yield from map(TrainingLine, self.tasks)


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
        self.begun = self.drawn = self.told = 0.0
        self.bar: Bar | None = None
        self.bar_task = TaskID(0)
        self.title = ""

    @contextmanager
    def training(self, title: str, task_names: Sequence[str], num_rows: int) -> Iterator[None]:
        """Draws while one model is trained."""
        self.names, self.title = tuple(task_names), title
        self.rows, self.begun = 0, time.monotonic()
        with TrainingBar(console=self.console, transient=True, disable=not self.draws) as bar:
            self.bar, self.bar_task = bar, bar.add_task(self.title, total=num_rows, epoch=1, rate=0.0, losses=())
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
        losses = [f"{name} {loss:.3f}" if weight else f"{name} -" for name, loss, weight in found]
        self.bar.update(
            self.bar_task, completed=event.state.rows, epoch=event.state.epoch + 1, rate=rate, losses=losses
        )

    def on_evaluation(self, event: EvaluationEvent) -> None:
        """A line for the evaluation."""
        star = " best so far" if event.is_best else ""
        line = f"{self.title} epoch {event.epoch:.2f}: validation criterion {event.evaluation.criterion:.4f}"
        speed = f" ({event.rows_per_second:,.0f} rows/s, {event.seconds:.0f} s)"
        fits = len(line + star + speed) <= self.console.width
        self.console.print(Text.assemble(line, (star, "bold"), (speed if fits else "", "dim")))

    def on_stop_request(self) -> None:
        """A line that says what comes."""
        with suppress(RuntimeError):  # the signal came in the middle of another write to the same stream
            self.console.print("stopping after this step; press Ctrl-C again to stop at once")

    def on_done(self, what: str, done: int, total: int, seconds_left: float) -> None:
        """A line with the time that is left; not one for each of many that are quickly done."""
        now = time.monotonic()
        if done < total and now - self.told < LEAST_SECONDS:
            return
        self.told = now
        self.console.print(Text.assemble((f"{done} of {total} {what} done", "bold"), _left(seconds_left)))

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
        rest = f", {reached}{ended}{best}{_left(event.seconds_left)}"
        self.console.print(Text.assemble((line, "bold"), rest))


def _left(seconds: float) -> str:
    return f", about {max(1, round(seconds / 60))} min left" if seconds else ""


VERBOSE: Final[Mapping[int, Callable[[], Progress]]] = {
    0: Silent,
    1: lambda: TerminalProgress(console(stderr=True), bars=False),
    2: lambda: TerminalProgress(console(stderr=True)),
}
"""How much is shown of training: nothing, one line per evaluation, a bar too; on standard error."""
