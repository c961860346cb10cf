from collections.abc import Callable
from typing import Any

import pytest

from taskfusion.report.run import RunResult
from taskfusion.report.run_box import run_box

Make = Callable[..., list[Any]]


def box_of(make_records: Make, make_run: Callable[..., RunResult], losses: list[float | None]) -> Any:
    records = make_records([(f"t{index}", 0.3) for index in range(len(losses))])
    for record, loss in zip(records, losses, strict=True):
        record.metrics["relative_loss"] = loss
    return run_box("first run", records, make_run().metrics.network_training, "Said.")


@pytest.mark.parametrize(
    ("losses", "title", "style"),
    [
        ([0.8, 0.7], "All 2 tasks are better than predicting the mean", "better"),
        ([0.8, None], "Better than predicting the mean", "better"),
        ([1.0], "Worse than predicting the mean", "unclear"),
        ([0.8, 1.1, 1.2], "Not ready: t1 and t2 no better than predicting the mean", "unclear"),
        ([None], "Nothing can be said: no task has a loss on these rows", "unclear"),
    ],
)
def test_the_title_says_whether_anything_was_learned(
    make_records: Make, make_run: Callable[..., RunResult], losses: list[float | None], title: str, style: str
) -> None:
    found = box_of(make_records, make_run, losses)
    assert (found.title, found.style, list(found.sentences)) == (title, style, ["Said."])


def test_bars_are_what_is_learned_of_each_loss(make_records: Make, make_run: Callable[..., RunResult]) -> None:
    gains = box_of(make_records, make_run, [0.8, 1.25, 40.0, None]).gains
    assert [bar.span and round(bar.span[1], 6) for bar in gains.bars] == [20, -25, -100, None]
    assert [bar.verdict for bar in gains.bars] == ["better", "worse", "worse", "unclear"]
    assert gains.bars[0].text.startswith("NE 0.8000, AUC ")


def test_the_next_command_follows_from_the_verdict(make_records: Make, make_run: Callable[..., RunResult]) -> None:
    good, bad = (box_of(make_records, make_run, [loss]) for loss in (0.8, 1.5))
    assert good.command == "taskfusion compare EXPERIMENT.yaml --out 'first run-compared'"
    assert bad.command == "taskfusion check EXPERIMENT.yaml"
