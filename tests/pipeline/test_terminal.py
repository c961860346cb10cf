"""What a terminal and a notebook show of training."""

import io

import torch
from rich.console import Console

from support import experiment
from taskfusion.pipeline.progress import TrialEvent
from taskfusion.pipeline.terminal import TerminalProgress
from taskfusion.train.loop import LoopState, StepEvent


def _progress() -> tuple[TerminalProgress, io.StringIO]:
    text = io.StringIO()
    return TerminalProgress(Console(file=text, width=120)), text


def test_a_task_that_the_batch_does_not_know_has_no_loss() -> None:
    progress, _ = _progress()
    event = StepEvent(LoopState(rows=64), 64, torch.tensor([0.5, 0.0, 1.25]), torch.tensor([64.0, 0.0, 1.0]))
    with progress.training("mmoe", experiment().table_schema.task_names, 1800):
        progress.on_step(event)
        assert progress.bar is not None
        assert progress.bar.tasks[0].fields["losses"] == "click 0.500 seconds - reaction 1.250"


def test_a_request_to_stop_is_answered() -> None:
    progress, text = _progress()
    progress.on_stop_request()
    assert "stopping after this step; press Ctrl-C again to stop at once" in text.getvalue()


def test_a_signal_in_the_middle_of_a_write_does_no_harm() -> None:
    class Busy(io.StringIO):
        def write(self, text: str) -> int:
            raise RuntimeError("reentrant call inside <_io.BufferedWriter>")

    TerminalProgress(Console(file=Busy(), width=120)).on_stop_request()


def test_a_trial_is_told_with_what_it_reached_and_the_time_left() -> None:
    progress, text = _progress()
    progress.on_trial(TrialEvent("ple", 2, 5, 0.8123, None, 0.8, 130.0))
    progress.on_trial(TrialEvent("ple", 5, 5, None, "diverged", None, 0.0))
    assert text.getvalue().splitlines() == [
        "ple: 2 of 5 trials done, criterion 0.8123, best 0.8000, about 2 min left",
        "ple: 5 of 5 trials done, no evaluation, diverged, nothing left to do",
    ]


def test_titles_are_shown_as_they_are() -> None:
    progress, text = _progress()
    progress.on_trial(TrialEvent("a :x: [red]", 1, 1, 0.5, None, None, 0.0))
    progress.on_wait("'a:smile:[b]' is being written")
    progress.on_note("ids as [bold]")
    shown = text.getvalue()
    assert "a :x: [red]: 1 of 1 trials done" in shown
    assert "'a:smile:[b]' is being written" in shown
    assert "ids as [bold]" in shown


def test_bars_are_drawn_where_they_can_be_and_are_asked_for() -> None:
    terminal, file = Console(file=io.StringIO(), force_terminal=True), Console(file=io.StringIO())
    notebook = Console(file=io.StringIO(), force_jupyter=True)
    draws = [TerminalProgress(console).draws for console in (terminal, notebook, file)]
    assert draws == [True, True, False]
    assert not TerminalProgress(terminal, bars=False).draws
