from collections.abc import Callable, Sequence
from typing import Any

import pytest

from taskfusion.evaluate.comparison import Summary
from taskfusion.evaluate.evidence import Evidence
from taskfusion.evaluate.record import RowCount
from taskfusion.report.evidence import EvidenceBlock, EvidenceView, evidence_view
from taskfusion.run.record.comparison import ComparedTask

Make = Callable[..., Evidence]
TASKS = (("click", 0.31), ("watch_time", None), ("like", 0.02))
BASELINES = ("single-task", "lightgbm")
NOTHING = Summary(reference="single-task", confidence=0.95, variants=())


def compared(name: str, rate: float | None) -> ComparedTask:
    positives = None if rate is None else round(4_000 * rate)
    return ComparedTask(name=name, kind="binary", rows=RowCount(used=4_000, unknown=0, positives=positives))


def view_of(evidence: Evidence, summary: Summary = NOTHING) -> EvidenceView:
    return evidence_view(evidence, summary, [compared(*task) for task in TASKS])


def pairs(blocks: Sequence[EvidenceBlock]) -> list[tuple[str, str]]:
    return [(row.variant, row.baseline) for row in blocks[0].rows]


def test_cells_are_gains_and_the_mean_stands_first(make_evidence: Make) -> None:
    loss, area = view_of(make_evidence(TASKS, ("adatt", *BASELINES), BASELINES)).tables
    (block,) = loss.deciding
    assert [heading.name for heading in block.headings] == ["mean over the tasks", "click", "watch_time", "like"]
    first = block.rows[0].cells
    assert [cell.gain for cell in first] == ["\u22120.05\u202f%", "+0.50\u202f%", "+1.50\u202f%", "+2.50\u202f%"]
    assert [first[0].interval, first[1].interval] == ["[\u22120.15, +0.05]", "[+0.10, +0.90]"]
    assert first[1].parts == ("[+0.18, +0.82]", "[+0.26, +0.74]")
    assert [(cell.verdict, cell.style) for cell in first[:2]] == [
        ("\u2248 no difference shown", "unclear"),
        ("\u2713 better", "better"),
    ]
    (block,) = area.deciding
    assert [heading.name for heading in block.headings[1:]] == ["click", "like"]
    assert (block.rows[0].cells[1].gain, block.rows[0].cells[1].interval) == ("\u22121.23", "[\u22121.73, \u22120.73]")


def test_positives_stand_beside_a_task_and_few_mute_it(make_evidence: Make) -> None:
    (block,) = view_of(make_evidence(TASKS, ("adatt", "lightgbm"), ("lightgbm",))).tables[1].deciding
    assert [(one.name, one.note, one.is_few) for one in block.headings[1:]] == [
        ("click", "1\u202f240 positives", False),
        ("like", "80 positives", True),
    ]


def test_metrics_stand_below_their_gains(make_evidence: Make, make_comparison: Callable[..., Any]) -> None:
    summary = make_comparison(TASKS, variants=("adatt", "lightgbm")).record.summary
    loss, area = view_of(make_evidence(TASKS, ("adatt", "lightgbm"), ("lightgbm",)), summary).tables
    metrics = summary.variants[0].tasks["click"]
    assert loss.deciding[0].rows[0].cells[1].value == f"{metrics['relative_loss'].mean:.4f}"
    assert area.deciding[0].rows[0].cells[1].value == f"{metrics['auc'].mean:.4f}"
    assert loss.deciding[0].rows[0].cells[0].value == ""


def test_what_decides_stands_apart_from_the_rest(make_evidence: Make) -> None:
    view = view_of(make_evidence(TASKS, ("adatt", *BASELINES), BASELINES))
    assert pairs(view.tables[0].deciding) == [("adatt", "better baseline")]
    assert pairs(view.tables[0].others) == [
        ("adatt", "single-task"),
        ("adatt", "lightgbm"),
        ("single-task", "lightgbm"),
        ("lightgbm", "single-task"),
    ]
    assert (view.against, view.has_others) == ("better baseline", True)
    assert view.better_baselines == "single-task on click, like and lightgbm on watch_time"


def test_the_first_variant_is_held_against_the_others(make_evidence: Make) -> None:
    view = view_of(make_evidence(TASKS, ("lightgbm", "ple", "adatt", "mmoe"), ("lightgbm",)))
    assert pairs(view.tables[0].deciding) == [("ple", "lightgbm"), ("adatt", "lightgbm"), ("mmoe", "lightgbm")]
    assert pairs(view.tables[0].others) == [("ple", "adatt"), ("ple", "mmoe")]
    assert not view_of(make_evidence(TASKS, ("ple", "lightgbm"), ("lightgbm",))).has_others


def test_many_tasks_are_cut_into_pieces_as_wide_as_a_page(
    make_evidence: Make, twenty: list[tuple[str, float | None]]
) -> None:
    shown = make_evidence(twenty, ("ple", "lightgbm"), ("lightgbm",))
    blocks = evidence_view(shown, NOTHING, [compared(*task) for task in twenty]).tables[0].deciding
    assert [len(block.headings) for block in blocks] == [7, 7, 7]
    assert all(len(row.cells) == len(block.headings) for block in blocks for row in block.rows)
    names = [heading.name for block in blocks for heading in block.headings]
    assert names == ["mean over the tasks", *(name for name, _ in twenty)]


@pytest.mark.parametrize("missing", ["task", "interval"])
def test_gaps_are_shown(make_evidence: Make, missing: str) -> None:
    shown = make_evidence(TASKS, ("adatt", "ple", "lightgbm"), ("lightgbm",))
    loss = shown.contrasts[0].tasks["click"]
    if missing == "task":
        del loss["relative_loss"]
    else:
        alone = {"low": None, "high": None, "verdict": "one seed: no interval"}
        loss["relative_loss"] = loss["relative_loss"].model_copy(update=alone)
    cell = view_of(shown).tables[0].deciding[0].rows[0].cells[1]
    assert (cell.gain, cell.interval, cell.verdict) == ("n/a" if missing == "task" else "+0.50\u202f%", "", "")
