from collections.abc import Callable
from typing import Any

from taskfusion.report.chart import axis, criterion_curve, task_curves, text
from taskfusion.report.theme import styles

Make = Callable[..., list[Any]]


def test_text_cannot_become_markup() -> None:
    assert text("<a href='x'>&") == "&lt;a href='x'&gt;&amp;"
    assert axis("<b>")["title"]["text"] == "&lt;b&gt;"


def test_criterion_holds_every_look_and_marks_the_last_best(make_looks: Make) -> None:
    log = make_looks([("click", 0.3)])
    curve, best = criterion_curve(log, "relative loss", False).figure.data
    assert list(curve.x) == [evaluation.epoch for evaluation in log]
    assert list(curve.y) == [evaluation.criterion for evaluation in log]
    assert (list(best.x), list(best.y)) == ([3.0], [log[5].criterion])
    assert best.textposition == "bottom center"


def test_the_label_of_the_best_stands_inside_the_axis(make_looks: Make) -> None:
    log = make_looks([("click", 0.3)])
    low, high = criterion_curve(log, "AUC", True).figure.layout.yaxis.range
    values = [evaluation.criterion for evaluation in log]
    assert low < min(values)
    assert high > max(values) + 0.2 * (max(values) - min(values))


def test_the_label_of_a_best_look_at_the_end_stands_left_of_it(make_looks: Make) -> None:
    log = make_looks([("click", 0.3)], count=6)
    assert criterion_curve(log, "AUC", True).figure.data[1].textposition == "top left"


def test_criterion_without_a_best_look(make_looks: Make) -> None:
    log = [evaluation.model_copy(update={"best": False}) for evaluation in make_looks([("click", 0.3)])]
    assert len(criterion_curve(log, "relative loss", False).figure.data) == 1


def test_criterion_of_one_look(make_looks: Make) -> None:
    low, high = criterion_curve(make_looks([("click", 0.3)], count=1), "NE", False).figure.layout.yaxis.range
    assert low < high


def test_task_curves_hold_the_log(make_looks: Make) -> None:
    log = make_looks([("click", 0.3), ("like", 0.1)])
    del log[2].validation["like"]
    chart = task_curves("like", log, "auc", "AUC", styles(["click", "like"])["like"])
    above, below = chart.figure.data
    assert list(above.y) == [evaluation.train_loss["like"] for evaluation in log]
    assert list(below.y) == [evaluation.validation.get("like", {}).get("auc") for evaluation in log]
    assert below.y[2] is None
    assert below.line.color == styles(["click", "like"])["like"].colour
    assert [shape.x0 for shape in chart.figure.layout.shapes] == [3.0, 3.0]
