from collections.abc import Callable
from typing import Any

import pytest

from taskfusion.report import number
from taskfusion.report.comparison import ComparisonResult, ExampleRun, comparison_report
from taskfusion.report.theme import styles
from translations import english_left, in_japanese

Make = Callable[..., ComparisonResult]
Parse = Callable[[str], Any]
EVIL = "<img src=x onerror=alert(1)>&"


def test_verdicts_variants_tasks_and_budget_are_there(make_comparison: Make, parse: Parse) -> None:
    comparison = make_comparison()
    text = parse(comparison_report(comparison)).text
    for one in comparison.record.summary.variants:
        assert text.count(one.variant) > 5
    for task in comparison.record.tasks:
        assert task.name in text
    for name, value in comparison.record.budget.items():
        assert f"{name} {value}" in text


def test_costs_are_there(make_comparison: Make, parse: Parse) -> None:
    text = parse(comparison_report(make_comparison())).text
    assert (
        "adatt 1\u202f299\u202f000 1\u202f200\u202f000 90\u202f001 9\u202f000 420\u202fk 1\u202fmin 12\u202fs 4.4"
        in text
    )


def test_what_one_look_for_all_tasks_costs_is_there(make_comparison: Make, parse: Parse) -> None:
    costs = {"adatt": dict.fromkeys(("click", "like", "follow", "watch_time"), 0.126)}
    text = parse(comparison_report(make_comparison(stopping_costs=costs))).text
    assert "adatt " + "0.13\u202f% " * 4 + "n/a" in text
    assert "One evaluation for all tasks" not in parse(comparison_report(make_comparison())).text


def test_every_tab_opens_a_panel_of_its_own(make_comparison: Make, parse: Parse) -> None:
    elements = parse(comparison_report(make_comparison())).elements
    tabs = [attributes for _, attributes in elements if attributes.get("role") == "tab"]
    panels = {attributes["id"]: attributes for _, attributes in elements if attributes.get("role") == "tabpanel"}
    assert [tab["aria-controls"] for tab in tabs] == list(panels)
    for tab in tabs:
        assert "hidden" not in panels[tab["aria-controls"]], "without a script all is there"


def test_figures_hold_the_inputs(make_comparison: Make, parse: Parse) -> None:
    comparison = make_comparison()
    said = set(parse(comparison_report(comparison)).hovers)
    for one in comparison.record.summary.variants:
        for seed, value in one.tasks["click"]["relative_loss"].values.items():
            assert f"seed {seed}: {value:.4f}" in said
    for line in comparison.examples["single-task"].log:
        assert f"single-task, epoch {number.plain(line.epoch)}: {line.criterion:.4f}" in said


def test_a_task_has_one_colour_in_every_panel(make_comparison: Make, parse: Parse) -> None:
    page = parse(comparison_report(make_comparison()))
    names = [f"validation {title} of" for title in ("NE", "relative loss")]
    assert sum(any(name in label for name in names) for label in page.figures) == 7 * 5
    colours = [one["stroke"] for tag, one in page.elements if tag == "polyline" and "stroke-opacity" not in one]
    assert {style.colour for style in styles([str(i) for i in range(5)]).values()} <= set(colours)


def test_nothing_is_loaded_and_everything_escaped(make_comparison: Make, parse: Parse) -> None:
    comparison = make_comparison(
        [(EVIL, 0.3)], variants=("single-task", EVIL), name=EVIL, verdicts=[EVIL], budget={EVIL: [EVIL, 1]}
    )
    page = parse(comparison_report(comparison))
    assert not {"img", "link", "iframe"} & {tag for tag, _ in page.elements}
    assert not [attributes for _, attributes in page.elements if "src" in attributes or "href" in attributes]
    assert f"{EVIL}, 1" in page.text


@pytest.mark.parametrize("seeds", [1, 2])
def test_few_seeds(make_comparison: Make, parse: Parse, seeds: int) -> None:
    text = parse(comparison_report(make_comparison(seeds=seeds))).text
    assert ("one seed: no interval" in text) == (seeds == 1)
    assert ("\u00b1 0." in text) == (seeds > 1)


def test_without_examples_and_best(make_comparison: Make, parse: Parse) -> None:
    page = parse(comparison_report(make_comparison(examples={}, best={})))
    assert "One seed closely" not in page.text
    assert "best possible" not in page.text
    assert len(page.figures) == 2 + 5


def test_an_example_without_log_and_fusion(make_comparison: Make, parse: Parse) -> None:
    comparison = make_comparison()
    records = comparison.examples["single-task"].records
    examples = {"single-task": ExampleRun(records)}
    page = parse(comparison_report(make_comparison(examples=examples)))
    assert "single-task mixes no experts of several units" in page.text
    assert "Learning curves" not in page.text


def test_twenty_tasks(make_comparison: Make, parse: Parse, twenty: list[tuple[str, float | None]]) -> None:
    page = parse(comparison_report(make_comparison(twenty, seeds=2, variants=("single-task", "adatt"))))
    assert len(page.figures) == 2 + 20 + 2 + (20 + 20) * 2 + 2


def test_the_verdict_stands_first_and_the_settings_last(make_comparison: Make, parse: Parse) -> None:
    text = parse(comparison_report(make_comparison())).text
    words = ["feed-small compared", "Keep single-task", "mean over the tasks", "training time", "Next", "Every method"]
    places = [text.index(word, text.index("Comparison on")) for word in [*words, "Settings", "Words of this page"]]
    assert places == sorted(places)
    assert text.count("no difference shown") > 3


def test_intervals_are_told_as_one_and_their_parts_in_a_fold(
    make_comparison: Make, make_evidence: Callable[..., Any], parse: Parse
) -> None:
    tasks = (("click", 0.31), ("watch_time", None))
    shown = make_evidence(tasks, ("adatt", "single-task", "lightgbm"), ("single-task", "lightgbm"))
    page = parse(comparison_report(make_comparison(tasks, evidence=shown)))
    assert "2\u202f000 bootstrap draws of 4\u202f321 groups" in page.text
    assert "by the validation rows is single-task on click and lightgbm on watch_time." in page.text
    assert "against lightgbm" in page.text
    assert "+0.50\u202f% rows [+0.18, +0.82] seeds [+0.26, +0.74]" in page.text
    alone = parse(comparison_report(make_comparison(tasks, variants=("single-task",)))).text
    assert "Nothing is compared" in alone
    assert "Every method" not in alone


def test_a_page_is_far_below_2_megabytes(make_comparison: Make, twenty: list[tuple[str, float | None]]) -> None:
    assert len(comparison_report(make_comparison())) < 800_000
    assert len(comparison_report(make_comparison(twenty, seeds=5, variants=("single-task", "adatt")))) < 2_000_000


def test_what_a_method_does_not_have_is_not_available(
    make_comparison: Make, make_evidence: Callable[..., Any], parse: Parse
) -> None:
    comparison = make_comparison(seeds=2, variants=("single-task", "adatt"))
    trees = comparison.record.summary.variants[1]
    trees = trees.model_copy(update={"variant": "lightgbm", "parameters": None, "flops_per_row": None, "epochs": None})
    summary = comparison.record.summary.model_copy(update={"variants": (comparison.record.summary.variants[0], trees)})
    shown = make_evidence((("click", 0.3),), ("single-task", "lightgbm"), ("single-task",))
    page = parse(comparison_report(make_comparison(summary=summary, evidence=shown, examples={})))
    assert "lightgbm n/a n/a n/a n/a n/a 1\u202fmin 12\u202fs n/a" in page.text


def test_what_methods_are_is_said_and_is_text(make_comparison: Make, parse: Parse) -> None:
    page = parse(comparison_report(make_comparison(about={"adatt": f"One {EVIL} thing."})))
    assert f"adatt, seed 0 One {EVIL} thing." in page.text
    assert not any(tag == "img" for tag, _ in page.elements)


@pytest.mark.parametrize("variants", [("single-task", "adatt", "ple"), ("adatt",)])
def test_it_can_be_read_in_japanese(make_comparison: Make, variants: tuple[str, ...]) -> None:
    page = in_japanese(comparison_report, make_comparison(variants=variants, stopping_costs={"adatt": {"click": 1.2}}))
    assert english_left(page) == []
    assert "このページの用語" in page
