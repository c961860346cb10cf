"""The page of costs says first what to do, and marks what was not measured."""

from costs import DAILY, TASKS, model, record, three_ways, way
from taskfusion.config.derive import derive
from taskfusion.report.cost import cost_box, cost_report, mean_loss
from taskfusion.run.record.cost import CostRecord
from translations import english_left, in_japanese


def test_the_first_screen_says_what_to_do_and_what_it_takes() -> None:
    found = record(derive(DAILY, most_loss_percent=100))
    page = cost_report(found)
    box, _, rest = page.partition("</section>")
    assert "Serve " in box
    assert "CPU seconds" in box
    assert f"1. {found.plans[0].name}" in box
    for plan in found.plans:
        assert plan.name in rest
    assert "Cost against loss" in rest
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_a_limit_that_nothing_meets_is_the_title() -> None:
    found = record(derive(DAILY, most_loss={"click": 0.1}), unmet="most_loss of click is 0.1")
    box = cost_box(found)
    assert box.title == "No way of serving keeps the limits"
    assert box.sentences[0] == "most_loss of click is 0.1."
    assert box.style == "worse"


def test_what_a_bundle_alone_cannot_say_leads_to_compare() -> None:
    alone: CostRecord = record(ways=[way("one model", [model(TASKS, 2)], {})], split=None, missing=("No trees.",))
    box = cost_box(alone)
    assert "taskfusion compare" in box.command
    assert "No trees." in box.sentences
    page = cost_report(alone)
    assert "What is not known" in page
    assert "Cost against loss" not in page
    assert all(mean_loss(plan) is None for plan in alone.plans)


def test_every_number_of_a_model_stands_with_its_source() -> None:
    page = cost_report(record(ways=three_ways()))
    assert page.count("measured here") >= 3 + 4
    assert "trees: JSON and encoding, once" in page


def test_the_page_is_whole_in_japanese() -> None:
    limits = derive(DAILY, most_loss={"click": 0.79}, most_loss_percent=3, freshness_hours={"like": 24})
    lacking = (
        "There are no separate models and no trees to measure: taskfusion compare EXPERIMENT.yaml --variants "
        "adatt-sp,single-task,lightgbm --out compared trains them, and taskfusion cost compared measures them.",
        "Separate models are estimated by the model of all tasks, once per task; their losses are not.",
    )
    alone = [way("one model", [model(TASKS, 2)], {})]
    found = [
        record(),
        record(limits),
        record(ways=alone, missing=lacking),
        record(unmet="the loss of like by trees is not known", best=None),
    ]
    for one in found:
        page = in_japanese(cost_report, one)
        assert (
            english_left(page, lacking[0].partition(": ")[2].partition(" trains")[0], "taskfusion cost compared") == []
        )
        assert "breaks" not in page
        assert ", online" not in page
