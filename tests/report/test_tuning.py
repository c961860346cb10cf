"""The page of a search."""

from collections.abc import Callable
from typing import Any

import pytest

from taskfusion.report.tuning import plain, tuning_report
from taskfusion.run.record.tuning import TuningRecord
from translations import english_left, in_japanese

Parse = Callable[[str], Any]
SPACE = {
    "training.learning_rate": {"low": 1e-4, "high": 0.01, "log": True, "values": None},
    "embedding.dim": {"low": None, "high": None, "log": False, "values": ["auto", 8]},
}


def study(variant: str = "ple", model: str = "", **changes: Any) -> dict[str, Any]:
    def trial(number: int, value: float | None, stopped: str | None) -> dict[str, Any]:
        settings = {"training.learning_rate": 0.001 * number, "embedding.dim": 8}
        found = {"trial": number, "value": value, "stopped": stopped, "evaluations": 2, "seconds": 61.0}
        return {**found, "settings": settings}

    return {
        "variant": variant,
        "model": model,
        "tasks": ["click"],
        "criterion": "relative_loss",
        "space": SPACE,
        "own": {"training.learning_rate": 0.001, "embedding.dim": "auto"},
        "first_is_own": True,
        "trials": [
            trial(1, 0.8, None),
            trial(2, 0.76, None),
            trial(3, 0.9, "stopped early"),
            trial(4, None, "diverged"),
        ],
        "best": 2,
        "importances": {"training.learning_rate": 0.9, "embedding.dim": 0.1},
        **changes,
    }


def page(parse: Parse, *studies: dict[str, Any]) -> Any:
    content = {"name": "search <1>", "budget": {"epochs at most": 3}, "studies": studies}
    return parse(tuning_report(TuningRecord.model_validate(content, strict=False)))


def test_a_page_says_what_was_reached_and_by_which_settings(parse: Parse) -> None:
    found = page(parse, study())
    for words in (
        "search <1>",
        "relative loss 0.8000 0.7600 −5.00 2 4 (2 stopped)",
        "epochs at most 3",
        "training.learning_rate 0.001 0.002 0.0001 to 0.01, by logarithm",
        "embedding.dim auto 8 auto or 8",
        "3 0.9000 stopped early",
        "4 n/a diverged",
        "The test rows were not read",
    ):
        assert words in found.text, words
    assert len(found.figures) == 1 + 2
    assert not any(attributes.get("role") == "tab" for _, attributes in found.elements)


def test_several_models_are_chosen_between(parse: Parse) -> None:
    found = page(parse, study(), study("lightgbm", "click"), study("lightgbm", "like"))
    tabs = [attributes for _, attributes in found.elements if attributes.get("role") == "tab"]
    panels = [attributes for _, attributes in found.elements if attributes.get("role") == "tabpanel"]
    assert [tab["aria-controls"] for tab in tabs] == [panel["id"] for panel in panels]
    assert len(panels) == 3
    assert "lightgbm like" in found.text


def test_few_trials_have_no_importances(parse: Parse) -> None:
    found = page(parse, study(importances={}))
    assert len(found.figures) == 1 + 1
    assert "Too few trials" in found.text


def test_own_settings_that_were_not_tried_have_no_value(parse: Parse) -> None:
    assert "relative loss n/a 0.7600 n/a 2" in page(parse, study(first_is_own=False)).text


def test_budgets_that_differ_are_told(parse: Parse) -> None:
    short = study("mmoe", trials=study()["trials"][:2])
    assert "trials per model 2 to 4" in page(parse, study(), short).text
    assert "trials per model 4" in page(parse, study(), study("mmoe")).text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.00123456, "0.00123"), (1e-06, "1e-06"), (None, "null"), ("auto", "auto"), ([[8], [4]], "[[8], [4]]"), (7, "7")],
)
def test_settings_are_short(value: object, text: str) -> None:
    assert plain(value) == text


def test_the_verdict_says_what_is_better_by_how_much_and_what_to_type(parse: Parse) -> None:
    text = page(parse, study(), study("mmoe", first_is_own=False)).text
    assert "Better settings for ple" in text
    assert "ple +5.00\u202f%" in text
    assert "taskfusion compare EXPERIMENT.yaml --tuned 'search <1>' --out 'search <1>-compared'" in text
    same = page(parse, study(best=1)).text
    assert "No better settings were found" in same


def test_it_can_be_read_in_japanese() -> None:
    content = {"name": "search", "budget": {"epochs at most": 3}, "studies": [study(), study("mmoe", "click")]}
    found = in_japanese(tuning_report, TuningRecord.model_validate(content, strict=False))
    assert english_left(found) == []
    assert "このページの用語" in found
