import re
from collections.abc import Callable
from typing import Any

import pytest

from taskfusion.evaluate.comparison import Interval
from taskfusion.evaluate.importance import FeatureImportance
from taskfusion.evaluate.record import RowCount, TaskRecord
from taskfusion.report import number
from taskfusion.report.run import RunResult, run_report
from taskfusion.report.theme import styles
from taskfusion.run.record.calibration import FittedMap
from taskfusion.run.record.ensemble import EnsembleRecord, EnsembleTask, EnsembleTrees
from taskfusion.run.record.importance import Importances
from taskfusion.schema.task.table import KINDS
from taskfusion.variants.forbidden import ForbiddenEdge
from taskfusion.variants.table import variant_of
from translations import english_left, in_japanese

Make = Callable[..., RunResult]
Parse = Callable[[str], Any]
EVIL = "<img src=x onerror=alert(1)>&"


def sources(page: Any) -> list[str]:
    """Everything that a browser would load."""
    named = [value for _, attributes in page.elements for key, value in attributes.items() if key in ("src", "href")]
    return named + [found for style in page.styles for found in re.findall(r"url\(|@import", style)]


def test_every_task_metric_and_reason_is_there(make_run: Make, parse: Parse) -> None:
    run = make_run()
    page = parse(run_report(run))
    for record in run.metrics.splits["test"]:
        assert record.task in page.text
        for metric in KINDS[record.kind].metrics:
            assert metric.title in page.text
        for reason in record.not_available.values():
            assert reason in page.text
            assert reason in {attributes.get("title") for _, attributes in page.elements}


def test_the_first_screen_comes_first(make_run: Make, parse: Parse) -> None:
    text = parse(run_report(make_run())).text
    ordered = ["feed-small", "All 5 tasks", "On the test rows every task beats", "1.34\u202fM", "Next", "Binary tasks"]
    ordered += ["Learning curves", "Settings", "399\u202f523", "best epoch", "Words of this page"]
    places = [text.index(part, text.index("Training run")) for part in ordered]
    assert places == sorted(places)


def test_nothing_is_loaded_and_the_page_forbids_it(make_run: Make, parse: Parse) -> None:
    page = parse(run_report(make_run()))
    assert sources(page) == []
    (policy,) = [a["content"] for _, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert len(page.scripts) == 1


def test_a_page_of_many_tasks_is_small(make_run: Make, twenty: list[tuple[str, float | None]]) -> None:
    assert len(run_report(make_run(twenty))) < 1_000_000


def test_what_comes_from_outside_is_escaped(make_run: Make, parse: Parse) -> None:
    run = make_run(
        [(EVIL, 0.3), ("like", 0.1)],
        name=EVIL,
        variant=EVIL,
        sharing=[ForbiddenEdge(EVIL, EVIL, (1,))],
        config_yaml=EVIL,
    )
    run.metrics.splits["test"][0].not_available["gauc"] = EVIL
    source = run_report(run)
    page = parse(source)
    assert "img" not in {tag for tag, _ in page.elements}
    assert page.text.count(EVIL) > 8
    assert EVIL in page.hovers


def test_figures_hold_the_inputs(make_run: Make, parse: Parse) -> None:
    run = make_run()
    page = parse(run_report(run))
    assert len(page.figures) == 1 + 1 + 5 + 3 + 2
    said = set(page.hovers)
    for one in run.log:
        assert f"epoch {number.plain(one.epoch)}: {one.criterion:.4f}" in said
        assert f"epoch {number.plain(one.epoch)}: {one.train_loss['click']:.4f}" in said
    for b in run.metrics.splits["test"][0].reliability:
        assert any(f"predicted {number.rate(b.predicted)}, observed {number.rate(b.observed)}" in one for one in said)
    assert any(one.startswith(f"click from click 1: {run.fusion[0].weight[0][0]:.4f}") for one in said)


def test_a_task_has_one_colour_everywhere(make_run: Make, parse: Parse) -> None:
    page = parse(run_report(make_run()))
    like = styles(["click", "like"])["like"].colour
    used = {tag for tag, attributes in page.elements if like in attributes.values()}
    assert used == {"polyline", "circle", "line"}
    dots = [attributes["style"] for tag, attributes in page.elements if tag == "i" and "style" in attributes]
    assert dots.count(f"background:{like}") == 3


def test_without_test_rows_the_validation_rows_are_shown(make_run: Make, parse: Parse) -> None:
    run = make_run()
    page = parse(run_report(make_run(splits={"validation": run.metrics.splits["validation"]})))
    assert "On the validation rows" in page.text
    assert "bin of validation rows" in page.text
    assert " test " not in page.text


def test_without_fusion_log_and_policy(make_run: Make, parse: Parse) -> None:
    page = parse(run_report(make_run(fusion=[], log=[], sharing=[], config_yaml="", variant="shared-bottom")))
    assert "shared-bottom mixes no experts of several units" in page.text
    assert "no log of its evaluations" in page.text
    assert "Sharing policy" not in page.text
    assert "Experiment" not in page.text
    assert len(page.figures) == 1 + 3


@pytest.mark.parametrize("kind", [("click", 0.3), ("watch_time", None), ("rating", None)])
def test_one_task(make_run: Make, parse: Parse, kind: tuple[str, float | None]) -> None:
    page = parse(run_report(make_run([kind])))
    assert kind[0] in page.text
    assert "(" in page.text.split("a constant prediction", 1)[1][:4]


def test_twenty_tasks(make_run: Make, parse: Parse, twenty: list[tuple[str, float | None]]) -> None:
    page = parse(run_report(make_run(twenty)))
    assert len(page.figures) == 1 + 1 + 20 + 20 + 2
    assert all(f"outcome_{index}" in page.text for index in range(1, 21))


def test_a_task_of_which_no_label_is_known(make_run: Make, parse: Parse) -> None:
    run = make_run()
    known = run.metrics.splits["test"][0]
    reason = "none of the 10 rows has a known label"
    blank = dict.fromkeys(known.metrics)
    record = TaskRecord(
        task=known.task,
        kind=known.kind,
        rows=RowCount(used=0, unknown=10),
        label_mean=None,
        metrics=blank,
        not_available=dict.fromkeys(blank, reason),
        groups=None,
        reliability=(),
    )
    text = parse(run_report(make_run(splits={"test": [record, *run.metrics.splits["test"][1:]]}))).text
    assert reason in text
    assert "No diagram for click" in text


def test_forbidden_edges_are_explained_only_where_there_are_some(make_run: Make, parse: Parse) -> None:
    run = make_run()
    assert "hatched" in parse(run_report(run)).text
    allowed = [
        level.model_copy(update={"visible": [[True] * len(row) for row in level.visible]}) for level in run.fusion
    ]
    assert "hatched" not in parse(run_report(make_run(fusion=allowed))).text


def test_the_experiment_is_kept_word_for_word(make_run: Make) -> None:
    assert "data:\n  table: feed.parquet\ntraining:\n  epochs: 4\n" in run_report(make_run())


def test_what_the_variant_is_is_said_where_it_is_known(make_run: Make, parse: Parse) -> None:
    line = variant_of("cross-stitch").line
    assert f"cross-stitch: {line}" in parse(run_report(make_run(variant="cross-stitch"))).text
    assert line not in parse(run_report(make_run(variant="a variant that is not registered here"))).text


def test_what_tasks_rest_on_is_drawn_where_it_is_known(make_run: Make, parse: Parse) -> None:
    rise = Interval(mean=12.5, low=10.0, high=15.0)
    one = FeatureImportance(feature=EVIL, tasks={"click": rise})
    page = parse(run_report(make_run(importance=Importances(rows=321, repeats=5, features=(one,)))))
    assert "among 321 validation rows" in page.text
    assert f"{EVIL} +12.50" in page.text
    assert "Which columns click rests on" in page.figures
    assert "permutation importance" not in parse(run_report(make_run())).text


def test_negative_weights_are_explained_where_there_are_some(make_run: Make, parse: Parse) -> None:
    run = make_run()
    assert "Some weights are below 0" not in parse(run_report(run)).text
    first = run.fusion[0]
    turned = first.model_copy(update={"weight": tuple(tuple(-w for w in row) for row in first.weight)})
    assert "Some weights are below 0" in parse(run_report(make_run(fusion=[turned]))).text


def test_what_predictions_are_made_of_is_said_where_trees_predict_too(make_run: Make, parse: Parse) -> None:
    losses = {"constant": 0.5, "network": 0.5, "ensemble": 0.4}
    trees = EnsembleTrees(ids="ordered", weight=0.9, rounds=3, loss=0.4)
    one = EnsembleTask(name=EVIL, network=0, trees=(trees,), shift=(0,), kept=1, losses=losses)
    text = parse(run_report(make_run(ensemble=EnsembleRecord(tasks=(one,))))).text
    assert f"{EVIL}: trees alone predict it; use trees here" in text
    assert "What a prediction is made of" in text
    assert "What a prediction is made of" not in parse(run_report(make_run())).text


def test_it_can_be_read_in_japanese(make_run: Make) -> None:
    fitted = {"click": FittedMap(method="platt", parameters=None, reason="there are no rows")}
    one = FeatureImportance(feature="age", tasks={"click": Interval(mean=12.5, low=10.0, high=15.0)})
    importance = Importances(rows=321, repeats=5, features=(one,))
    page = in_japanese(run_report, make_run(calibration=fitted, importance=importance))
    assert english_left(page, "there are no rows", "system-ui", "best first") == []
    assert "このページの用語" in page
