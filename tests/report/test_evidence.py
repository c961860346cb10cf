from collections.abc import Callable
from typing import Any

import pytest

from taskfusion.report.evidence import evidence_view

Make = Callable[..., Any]
TASKS = (("click", 0.31), ("watch_time", None), ("like", 0.02))
NAMES = [name for name, _ in TASKS]
BASELINES = ("single-task", "lightgbm")


def test_cells_are_those_of_the_evidence(make_evidence: Make) -> None:
    view = evidence_view(make_evidence(TASKS, ("adatt", *BASELINES), BASELINES), NAMES)
    loss, area = view.tables
    first = loss.rows[0].cells
    assert [cell.change for cell in first] == [
        "\u22120.50\u202f%",
        "\u22121.50\u202f%",
        "\u22122.50\u202f%",
        "+0.05\u202f%",
    ]
    assert [first[0].interval, first[-1].interval] == ["[\u22120.90, \u22120.10]", "[\u22120.05, +0.15]"]
    assert [(cell.verdict, cell.style) for cell in (first[0], first[-1])] == [
        ("\u2713 better", "better"),
        ("\u2248 no difference shown", "unclear"),
    ]
    assert area.tasks == ("click", "like")
    assert [(cell.change, cell.interval) for cell in area.rows[0].cells[:1]] == [
        ("\u22121.23", "[\u22121.73, \u22120.73]")
    ]


def test_the_better_baseline_stands_first(make_evidence: Make) -> None:
    view = evidence_view(make_evidence(TASKS, ("adatt", *BASELINES), BASELINES), NAMES)
    assert [(row.variant, row.baseline) for row in view.tables[0].rows] == [
        ("adatt", "better baseline"),
        ("adatt", "single-task"),
        ("adatt", "lightgbm"),
        ("single-task", "lightgbm"),
        ("lightgbm", "single-task"),
    ]
    assert view.better_baseline == (("single-task", "click, like"), ("lightgbm", "watch_time"))


def test_the_first_variant_is_held_against_the_others(make_evidence: Make) -> None:
    view = evidence_view(make_evidence(TASKS, ("lightgbm", "ple", "adatt", "mmoe"), ("lightgbm",)), NAMES)
    assert [(row.variant, row.baseline) for row in view.tables[0].rows] == [
        ("ple", "lightgbm"),
        ("ple", "adatt"),
        ("ple", "mmoe"),
        ("adatt", "lightgbm"),
        ("mmoe", "lightgbm"),
    ]


@pytest.mark.parametrize("missing", ["task", "interval"])
def test_gaps_are_shown(make_evidence: Make, missing: str) -> None:
    shown = make_evidence(TASKS, ("adatt", "ple", "lightgbm"), ("lightgbm",))
    loss = shown.contrasts[0].tasks["click"]
    if missing == "task":
        del loss["relative_loss"]
    else:
        alone = {"low": None, "high": None, "verdict": "one seed: no interval"}
        loss["relative_loss"] = loss["relative_loss"].model_copy(update=alone)
    cell = evidence_view(shown, NAMES).tables[0].rows[0].cells[0]
    assert (cell.change, cell.interval, cell.verdict) == ("n/a" if missing == "task" else "\u22120.50\u202f%", "", "")
