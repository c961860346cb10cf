from collections.abc import Callable
from typing import Any

from taskfusion.report.learning_chart import criterion_charts, criterion_curve, task_curves
from taskfusion.report.theme import BETTER, styles

Make = Callable[..., list[Any]]


def test_criterion_holds_every_evaluation_and_marks_the_last_best(make_looks: Make) -> None:
    log = make_looks([("click", 0.3)])
    (panel,) = criterion_curve(log, "relative loss", False).panels
    (curve,) = panel.curves
    assert list(curve.points) == [(evaluation.epoch, evaluation.criterion) for evaluation in log]
    *marks, best = panel.marks
    assert [(mark.x, mark.y) for mark in marks] == list(curve.points)
    assert (best.x, best.y, best.below) == (3.0, log[5].criterion, True)
    assert best.label.startswith("best 0.")


def test_the_label_of_the_best_stands_inside_the_axis(make_looks: Make) -> None:
    log = make_looks([("click", 0.3)])
    values = [evaluation.criterion for evaluation in log]
    reach = max(values) - min(values)
    for higher in (True, False):
        (panel,) = criterion_curve(log, "AUC", higher).panels
        assert panel.y.low < min(values) - (0 if higher else 0.2 * reach)
        assert panel.y.high > max(values) + (0.2 * reach if higher else 0)


def test_criterion_without_a_best_evaluation(make_looks: Make) -> None:
    log = [evaluation.model_copy(update={"best": False}) for evaluation in make_looks([("click", 0.3)])]
    (panel,) = criterion_curve(log, "relative loss", False).panels
    assert not any(mark.label for mark in panel.marks)


def test_criterion_of_one_evaluation(make_looks: Make) -> None:
    (panel,) = criterion_curve(make_looks([("click", 0.3)], count=1), "NE", False).panels
    assert panel.y.low < panel.y.high
    assert panel.x.low < panel.x.high


def test_task_curves_hold_the_log(make_looks: Make) -> None:
    log = make_looks([("click", 0.3), ("like", 0.1)])
    del log[2].validation["like"]
    style = styles(["click", "like"])["like"]
    above, below = task_curves("like", log, "auc", "AUC", style).panels
    assert list(above.curves[0].points) == [(one.epoch, one.train_loss["like"]) for one in log]
    values = [one.validation.get("like", {}).get("auc") for one in log]
    assert [y for _, y in below.curves[0].points] == values
    assert values[2] is None
    assert len(below.marks) == len(log) - 1
    assert len(below.curves[0].pieces) == 2
    assert below.curves[0].colour == style.colour
    assert list(above.rules) == list(below.rules) == [3.0]


def test_a_task_of_which_nothing_is_known_has_empty_axes(make_looks: Make) -> None:
    _, below = task_curves("like", make_looks([("click", 0.3)]), "auc", "AUC", styles(["like"])["like"]).panels
    assert not below.marks
    assert not below.y.ticks


def test_criterion_of_each_variant_stands_before_the_others(make_looks: Make) -> None:
    logs = {"a": make_looks([("click", 0.3)]), "b": make_looks([("click", 0.3)], 0.1), "c": []}
    charts = dict(criterion_charts(logs, "relative loss"))
    assert list(charts) == ["a", "b"]
    for name, chart in charts.items():
        *behind, front = chart.panels[0].curves
        assert (front.name, front.colour, front.faint) == (name, BETTER, False)
        assert [y for _, y in front.points] == [evaluation.criterion for evaluation in logs[name]]
        assert [curve.faint for curve in behind] == [True]
    assert charts["a"].panels[0].y == charts["b"].panels[0].y


def test_no_evaluations_at_all() -> None:
    assert criterion_charts({"a": []}, "relative loss") == []
