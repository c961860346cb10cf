from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from taskfusion.evaluate.comparison import Difference, MetricSummary
from taskfusion.evaluate.metric import METRICS
from taskfusion.report import number
from taskfusion.report.comparison import ComparisonResult
from taskfusion.report.contrast import ContrastTable, contrast_tables
from taskfusion.schema.task.table import KINDS

Make = Callable[..., ComparisonResult]


def tables(comparison: ComparisonResult) -> list[ContrastTable]:
    names = [task.name for task in comparison.record.tasks]
    return contrast_tables(comparison.record.summary.variants, names, comparison.record.best)


def test_every_metric_has_a_table_and_relative_loss_stands_for_ne(make_comparison: Make) -> None:
    comparison = make_comparison()
    found = [table.title for table in tables(comparison)]
    assert found[0] == "Loss relative to predicting the mean (NE)"
    of_kinds = {metric for task in comparison.record.tasks for metric in KINDS[task.kind].metric_names}
    assert len(found) == len(set(found))
    assert set(found[1:]) == {METRICS[name].title for name in of_kinds - {"ne", "relative_loss"}}


def test_cells_are_those_of_the_summary(make_comparison: Make) -> None:
    comparison = make_comparison()
    table = next(table for table in tables(comparison) if table.title == "AUC")
    assert table.tasks == ("click", "like", "follow")
    for row, one in zip(table.rows, comparison.record.summary.variants, strict=False):
        for task, cell in zip(table.tasks, row.cells, strict=True):
            summary = one.tasks[task]["auc"]
            assert cell.value == f"{summary.mean:.4f} \u00b1 {summary.std:.4f}"
            if summary.difference:
                change = summary.difference
                ends = [number.difference("auc", getattr(change, key), beside=1) for key in ("mean", "low", "high")]
                assert cell.difference == f"{ends[0]} [{ends[1]}, {ends[2]}]"
                assert change.verdict in cell.verdict
            else:
                assert (row.name, cell.difference, cell.verdict) == ("single-task", "", "")


@pytest.mark.parametrize(
    ("verdict", "shown", "evaluation"),
    [
        ("better", "\u2713 better", "better"),
        ("worse", "\u2717 worse", "worse"),
        ("no difference shown", "\u2248 no difference shown", "unclear"),
        ("one seed: no interval", "one seed: no interval", "unclear"),
        ("n/a", "", "unclear"),
    ],
)
def test_a_verdict_has_a_sign_and_a_word(verdict: str, shown: str, evaluation: str) -> None:
    difference = Difference.model_validate({"mean": -0.01, "low": None, "high": None, "verdict": verdict})
    summary = MetricSummary(mean=0.8, std=None, values={"0": 0.8}, difference=difference)
    variant: Any = SimpleNamespace(variant="v", tasks={"click": {"ne": summary}})
    (table,) = contrast_tables([variant], ["click"], {})
    (cell,) = table.rows[0].cells
    assert (cell.value, cell.difference) == ("0.8000", "\u22120.0100")
    assert (cell.verdict, cell.style) == (shown, evaluation)


def test_best_possible_is_the_last_row_where_it_is_known(make_comparison: Make) -> None:
    lead, *others = tables(make_comparison(best={"click": {"relative_loss": 0.6}}))
    assert lead.rows[-1].is_best
    assert [cell.value for cell in lead.rows[-1].cells] == ["0.6000", "", "", "", ""]
    assert not any(table.rows[-1].is_best for table in others)


def test_what_is_missing_is_not_available() -> None:
    empty = MetricSummary(mean=None, std=None, values={"0": None}, difference=None)
    variants: list[Any] = [
        SimpleNamespace(variant="v", tasks={"a": {"homemade": empty}}),
        SimpleNamespace(variant="w", tasks={}),
    ]
    (table,) = contrast_tables(variants, ["a", "b"], {})
    assert table.title == "homemade"
    assert table.tasks == ("a",)
    assert [[cell.value for cell in row.cells] for row in table.rows] == [["n/a"], ["n/a"]]


def test_direction_is_said(make_comparison: Make) -> None:
    said = {table.title: table.direction for table in tables(make_comparison())}
    assert said["AUC"] == "Higher is better."
    assert said["ECE"] == "Lower is better."
    assert "no verdict" in said["observed / predicted"]
