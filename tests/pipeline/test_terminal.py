"""What a terminal and a notebook show of training."""

import io
import re

import pytest
import torch
from rich.console import Console

from support import experiment
from taskfusion.pipeline.progress import TrialEvent
from taskfusion.pipeline.terminal import TerminalProgress, TrainingBar
from taskfusion.train.loop import Evaluation, EvaluationEvent, LoopState, StepEvent


def _progress() -> tuple[TerminalProgress, io.StringIO]:
    text = io.StringIO()
    return TerminalProgress(Console(file=text, width=120)), text


def test_a_task_that_the_batch_does_not_know_has_no_loss() -> None:
    progress, _ = _progress()
    event = StepEvent(LoopState(rows=64), 64, torch.tensor([0.5, 0.0, 1.25]), torch.tensor([64.0, 0.0, 1.0]))
    with progress.training("mmoe", experiment().table_schema.task_names, 1800):
        progress.on_step(event)
        assert progress.bar is not None
        assert progress.bar.tasks[0].fields["losses"] == ["click 0.500", "seconds -", "reaction 1.250"]


LOSSES = [f"{name} 0.699" for name in ("click", "long_view", "watch_ratio", "like", "profile_enter")]


def _line(width: int, title: str = "adatt-sp seed 0", rate: float = 123_456.0) -> str:
    """What a terminal of so many columns shows in the middle of training."""
    now = [0.0]
    text = io.StringIO()
    bar = TrainingBar(console=Console(file=text, width=width, color_system=None), get_time=lambda: now[0])
    task = bar.add_task(title, total=1000, epoch=12, rate=rate, losses=LOSSES)
    for second in range(1, 4):
        now[0] = float(second)
        bar.update(task, completed=100 * second)
    bar.console.print(*bar.get_renderables())
    (line,) = text.getvalue().splitlines()
    return line.rstrip()


@pytest.mark.parametrize("width", [40, 50, 60, 80, 100, 160])
def test_bar_epoch_rate_and_time_are_whole_at_any_width_and_losses_give_way_first(width: int) -> None:
    line = _line(width)
    assert len(line) <= width
    assert re.search(r"epoch 12 ━+.* 123k rows/s 0:00:07 left", line)
    shown = [loss for loss in LOSSES if loss in line]
    assert shown == LOSSES[: len(shown)]
    assert "…" not in line
    assert line.startswith("adatt-sp seed 0 epoch") == (width >= 60)
    assert not shown or line.startswith("adatt-sp")
    assert (len(shown) == len(LOSSES)) == (width == 160)


def test_a_title_that_has_no_room_gives_way_as_a_whole() -> None:
    assert _line(80, "single-task-undistilled of profile_enter, seed 0").startswith("epoch 12")
    assert "9,999 rows/s" in _line(40, rate=9_999.4)


@pytest.mark.parametrize(("width", "has_speed"), [(70, False), (120, True)])
def test_an_evaluation_takes_one_line(width: int, has_speed: bool) -> None:
    text = io.StringIO()
    progress = TerminalProgress(Console(file=text, width=width))
    progress.title = "adatt-sp seed 0"
    metrics = Evaluation(-1.0199, 1.0199, {})
    progress.on_evaluation(EvaluationEvent(0.5, 62, 3.2, 3168.0, (0.1,), metrics, is_best=True))
    (line,) = text.getvalue().splitlines()
    assert line.startswith("adatt-sp seed 0 epoch 0.50: validation criterion 1.0199 best so far")
    assert ("3,168 rows/s" in line) == has_speed


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
        "ple: 5 of 5 trials done, no evaluation, diverged",
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


def test_what_is_quickly_done_is_counted_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    progress, text = _progress()
    for done in range(1, 41):
        now[0] += 1
        progress.on_done("teachers", done, 40, 200.0 if done < 40 else 0.0)
    assert text.getvalue().splitlines() == [
        "1 of 40 teachers done, about 3 min left",
        "11 of 40 teachers done, about 3 min left",
        "21 of 40 teachers done, about 3 min left",
        "31 of 40 teachers done, about 3 min left",
        "40 of 40 teachers done",
    ]
