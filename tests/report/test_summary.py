from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from taskfusion.report.summary import evidence_summary, run_summary

Record = Any
Make = Callable[..., list[Record]]
TRAINING: Any = SimpleNamespace(epochs=4, best_epoch=3.0)


def summary_with(make_records: Make, losses: list[float | None], **ratios: float) -> str:
    records = make_records([(f"t{index}", 0.3) for index in range(len(losses))])
    records = [record.model_copy(update={"best": None}) for record in records]
    for record, loss in zip(records, losses, strict=True):
        record.metrics["relative_loss"] = loss
        record.metrics["observed_over_predicted"] = ratios.get(record.task, 1.02)
    return run_summary({"validation": records}, TRAINING, [])


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([0.8, 0.7], "every task beats a constant prediction, most of all t1 (NE 0.7000), least t0 (NE 0.8000)."),
        ([0.8, 1.1, 1.0], "1 of 3 tasks beat a constant prediction, most of all t0 (NE 0.8000); t2 and t1 do not."),
        ([0.8, 1.1], "most of all t0 (NE 0.8000); t1 does not."),
        ([1.2, 1.1], "no task beats a constant prediction; the nearest is t1 (NE 1.1000)."),
        ([0.9], "On the validation rows t0 beats a constant prediction (NE 0.9000)."),
        ([1.9], "t0 does not beat a constant prediction (NE 1.9000)."),
        ([None], "The validation rows say nothing about any task: no relative loss can be computed."),
        ([0.5, *[1.5] * 6], "t1, t2, t3, t4 and 2 more do not."),
    ],
)
def test_what_was_learned(make_records: Make, losses: list[float | None], expected: str) -> None:
    assert expected in summary_with(make_records, losses)


def test_calibration_in_sum(make_records: Make) -> None:
    assert "within 10\u202f% for every task." in summary_with(make_records, [0.8, 0.8])
    text = summary_with(make_records, [0.8] * 3, t0=0.5, t2=2.0)
    assert "off for t0 (predicted 100\u202f% too much) and t2 (predicted 50\u202f% too little)." in text


def test_the_test_rows_speak_where_there_are_some(make_records: Make) -> None:
    parts: Any = {"validation": make_records([("a", 0.3)]), "test": make_records([("b", 0.3)])}
    text = run_summary(parts, TRAINING, [])
    assert text.startswith("On the test rows b beats")
    assert run_summary({**parts, "test": []}, TRAINING, []).startswith("On the validation rows a beats")


def test_the_way_to_the_best_possible(make_records: Make) -> None:
    records = make_records([("a", 0.3), ("b", 0.3)])
    records = [record.model_copy(update={"best": {"relative_loss": 0.5}}) for record in records]
    for record, loss in zip(records, (0.8, 0.6), strict=True):
        record.metrics["relative_loss"] = loss
    assert "it reached from 40\u202f% (a) to 80\u202f% (b)." in run_summary({"test": records}, TRAINING, [])
    assert "at best, it reached 40\u202f%." in run_summary({"test": records[:1]}, TRAINING, [])


def test_when_it_was_best(make_records: Make, make_looks: Make) -> None:
    parts: Any = {"test": make_records([("a", 0.3)])}
    log = make_looks([("a", 0.3)])
    assert "best evaluation was at epoch 3 of 4." in run_summary(parts, TRAINING, log)
    training: Any = SimpleNamespace(epochs=4, best_epoch=4.0)
    last = run_summary(parts, training, log)
    assert "The last evaluation, at epoch 4, was the best one: more epochs may still help." in last


def test_tasks_that_another_look_would_have_served_better_are_named(make_records: Make, make_looks: Make) -> None:
    tasks = [("a", 0.3), ("b", 0.3), ("c", 0.3)]
    parts: Any = {"test": make_records(tasks)}
    log = make_looks(tasks)
    assert "another look" not in run_summary(parts, TRAINING, log)
    kept = log[5].validation
    log[1].validation["b"]["relative_loss"] = kept["b"]["relative_loss"] / 1.02
    log[2].validation["c"]["relative_loss"] = kept["c"]["relative_loss"] / 1.004
    text = run_summary(parts, TRAINING, log)
    assert "another evaluation was better for b (epoch 1; its loss at the chosen one is 2.0\u202f% higher)." in text


def _loss(verdict: str) -> Any:
    return {"relative_loss": SimpleNamespace(verdict=verdict)}


def evidence_of(verdicts: dict[str, tuple[str, ...]], baseline: str = "better baseline") -> Any:
    """Of each variant the verdicts on tasks a, b … and, last, the mean."""
    contrasts = [
        SimpleNamespace(
            variant=variant,
            baseline=baseline,
            tasks={"abcd"[place]: _loss(one) for place, one in enumerate(tasks)},
            mean=_loss(mean),
        )
        for variant, (*tasks, mean) in verdicts.items()
    ]
    return SimpleNamespace(contrasts=contrasts, better_baseline={}, between=[])


UNCLEAR = "no difference shown"


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ({"x": ("better", UNCLEAR, "better")}, "x is better on average and shown to be worse on no task."),
        (
            {"x": ("better", "better"), "y": (UNCLEAR, "better"), "z": (UNCLEAR, UNCLEAR)},
            "x and y are better on average and shown to be worse on no task.",
        ),
        (
            {"x": ("better", "worse", "better"), "y": ("worse", "worse", "worse")},
            "x is better on average but worse on a task. Shown to be worse on a task: x (b) and y (a, b).",
        ),
        ({"x": (UNCLEAR, UNCLEAR)}, "no variant is shown to be better on average."),
    ],
)
def test_who_gains_while_no_task_pays(verdicts: dict[str, tuple[str, ...]], expected: str) -> None:
    opening = "Against the better baseline of each task, on test rows, "
    assert evidence_summary(evidence_of(verdicts), "test") == opening + expected
    assert evidence_summary(evidence_of(verdicts, "lightgbm"), "test") == f"Against lightgbm, on test rows, {expected}"


def test_the_first_variant_stands_against_the_others() -> None:
    verdicts = {"ple": "better", "mmoe": UNCLEAR, "cgc": "better", "stem": "worse", "own-only": "n/a"}
    between = [SimpleNamespace(variant="adatt", baseline=name, mean=_loss(one)) for name, one in verdicts.items()]
    standing = (
        "On test rows adatt itself is, on average over the tasks, better than ple and cgc; worse than stem; not told "
        "apart from"
    )
    alone = evidence_of({})
    alone.between = between
    assert evidence_summary(alone, "test") == f"{standing} mmoe."
    with_baseline = evidence_of({"adatt": ("better", "better")})
    with_baseline.between = between
    assert evidence_summary(with_baseline, "test").endswith(f"shown to be worse on no task. {standing} mmoe.")


def test_without_a_baseline_or_a_loss_nothing_is_said() -> None:
    assert "on validation rows," in evidence_summary(evidence_of({"x": ("better", "better")}), "validation")
    assert evidence_summary(None, "test") == "Nothing is compared: one method took part alone."
    assert evidence_summary(evidence_of({}), "test") == ""
    shown = evidence_of({"x": ("better", "better")})
    shown.contrasts[0].mean = {}
    assert evidence_summary(shown, "test") == ""
