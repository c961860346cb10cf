from collections.abc import Callable
from typing import Any

import pytest

from taskfusion.evaluate.comparison import Interval
from taskfusion.evaluate.joint import JointDifference
from taskfusion.report.comparison import ComparisonResult
from taskfusion.report.comparison_box import OPTIMISTIC, comparison_box, interval_text
from taskfusion.run.record.comparison import ComparisonRecord

Make = Callable[..., ComparisonResult]
TASKS = (("click", 0.31), ("follow", 0.0017))


def change(mean: float, half: float, verdict: Any, seeds: bool = True) -> JointDifference:
    around = Interval(mean=mean, low=mean - half, high=mean + half)
    of_seeds = around if seeds else Interval(mean=mean, low=None, high=None)
    return JointDifference(**dict(around), verdict=verdict, rows=around, seeds=of_seeds)


def record_of(
    make: Make, verdicts: dict[str, tuple[float, str, str]], seeds: int = 5, **changes: Any
) -> ComparisonRecord:
    """By method its mean change, the verdict on it, and that on the task follow."""
    record = make(TASKS, seeds, ("single-task", *verdicts)).record
    assert record.evidence
    contrasts = tuple(
        one.model_copy(
            update={
                "mean": {"relative_loss": change(verdicts[one.variant][0], 0.1, verdicts[one.variant][1], seeds > 1)},
                "tasks": {**one.tasks, "follow": {"relative_loss": change(0.5, 0.1, verdicts[one.variant][2])}},
            }
        )
        for one in record.evidence.contrasts
    )
    evidence = record.evidence.model_copy(update={"contrasts": contrasts})
    return record.model_copy(update={"evidence": evidence, **changes})


@pytest.mark.parametrize(
    ("verdicts", "title", "style", "command"),
    [
        ({"ple": (-1.0, "better", "better")}, "Take ple", "better", "export 'feed-small compared/ple/seed-0'"),
        ({"ple": (-1.0, "better", "worse")}, "Take ple, if follow may pay for it", "unclear", "export"),
        (
            {"ple": (-0.1, "no difference shown", "worse")},
            "Keep single-task",
            "unclear",
            "tune EXPERIMENT.yaml --variants ple",
        ),
    ],
)
def test_the_title_says_what_to_do_and_the_command_how(
    make_comparison: Make, verdicts: dict[str, tuple[float, str, str]], title: str, style: str, command: str
) -> None:
    box = comparison_box(record_of(make_comparison, verdicts))
    assert (box.title, box.style) == (title, style)
    assert box.command.startswith(f"taskfusion {command}")
    assert OPTIMISTIC not in box.sentences


def test_gains_are_bars_the_mean_first_and_few_positives_are_told(make_comparison: Make) -> None:
    box = comparison_box(record_of(make_comparison, {"ple": (-1.0, "better", "worse")}))
    assert box.gains
    mean, click, follow = box.gains.bars
    assert (mean.name, mean.span, mean.interval, mean.verdict) == ("mean over the tasks", (0, 1), (0.9, 1.1), "better")
    assert (click.name, click.note) == ("click", "")
    assert (follow.name, follow.note, follow.verdict, follow.span) == (
        "follow",
        "only 85 positives",
        "worse",
        (0, -0.5),
    )
    assert box.gains.axis.low < -0.6
    assert box.gains.axis.high > 1.1


def test_costs_stand_beside_those_of_the_baseline(make_comparison: Make) -> None:
    box = comparison_box(record_of(make_comparison, {"ple": (-1.0, "better", "better")}))
    assert [(one.name, one.value, list(one.details)) for one in box.costs] == [
        ("parameters", "1.30\u202fM", ["single-task 1.30\u202fM"]),
        ("training time", "1\u202fmin 12\u202fs", ["single-task 1\u202fmin 0\u202fs"]),
        ("operations per row", "420\u202fk FLOPs", ["single-task 400\u202fk FLOPs"]),
    ]


def test_one_seed_asks_for_more(make_comparison: Make) -> None:
    box = comparison_box(record_of(make_comparison, {"ple": (-1.0, "better", "better")}, seeds=1))
    assert "compare EXPERIMENT.yaml --variants single-task,ple --seeds 5 --out 'feed-small compared'" in box.command
    assert any("There is one seed" in sentence for sentence in box.sentences)


def test_validation_rows_flatter(make_comparison: Make) -> None:
    record = record_of(make_comparison, {"ple": (-1.0, "better", "better")}, split="validation")
    assert OPTIMISTIC in comparison_box(record).sentences


def test_a_baseline_of_many_models_is_not_exported(make_comparison: Make) -> None:
    box = comparison_box(record_of(make_comparison, {"lightgbm": (-1.0, "better", "better")}))
    assert box.title == "Take lightgbm"
    assert box.command.startswith("taskfusion tune EXPERIMENT.yaml --variants lightgbm")


def test_others_that_are_better_are_named(make_comparison: Make) -> None:
    verdicts = {"ple": (-1.0, "better", "better"), "mmoe": (-2.0, "better", "better")}
    box = comparison_box(record_of(make_comparison, verdicts))
    assert box.title == "Take mmoe"
    assert any(sentence.startswith("ple is shown to be better too") for sentence in box.sentences)


def test_against_the_better_baseline_of_each_task(make_comparison: Make, make_evidence: Callable[..., Any]) -> None:
    methods = ("adatt", "single-task", "lightgbm")
    record = make_comparison(TASKS, variants=methods, evidence=make_evidence(TASKS, methods, methods[1:])).record
    box = comparison_box(record)
    assert box.title == "Keep the better baseline of each task"
    assert "(single-task on click and lightgbm on follow)" in box.sentences[0]
    assert [detail.split(" ")[0] for detail in box.costs[0].details] == ["single-task", "lightgbm"]
    same = record.evidence and record.evidence.model_copy(
        update={"better_baseline": dict.fromkeys(("click", "follow"), "lightgbm")}
    )
    said = comparison_box(record.model_copy(update={"evidence": same})).sentences[0]
    assert "than lightgbm, the better baseline of every task." in said


def test_nothing_to_compare(make_comparison: Make) -> None:
    alone = comparison_box(make_comparison(TASKS, variants=("ple",)).record)
    assert (alone.title, alone.gains, alone.command) == ("Nothing is compared", None, "")
    assert "Only ple took part" in alone.sentences[0]
    record = record_of(make_comparison, {"ple": (-1.0, "better", "better")})
    assert record.evidence
    empty = record.evidence.model_copy(update={"contrasts": ()})
    assert "No task has a loss" in comparison_box(record.model_copy(update={"evidence": empty})).sentences[0]


def test_an_interval_as_text() -> None:
    assert interval_text(Interval(mean=1.234, low=-0.5, high=2)) == "+1.23\u202f% [\u22120.50, +2.00]"
    assert interval_text(Interval(mean=-1, low=None, high=None), unit="") == "\u22121.00"
