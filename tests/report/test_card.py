"""The page of an exported model says what it is, how it is called and what nobody has judged."""

from collections.abc import Callable
from typing import Any

import pytest

from cards import CARD
from taskfusion.evaluate.record import TaskRecord
from taskfusion.report.card import card_box, card_report, limits
from taskfusion.report.run import RunResult
from taskfusion.run.record.card import CardTask, ModelCard
from translations import english_left, in_japanese

Make = Callable[..., RunResult]


def card(run: RunResult, **fields: Any) -> ModelCard:
    names = [(record.task, record.kind) for record in run.metrics.splits["test"]]
    of_run: dict[str, Any] = {
        "variant": run.metrics.variant,
        "tasks": tuple(CardTask(name=n, kind=k, label=f"{n} > 0", known=1234, calibration="none") for n, k in names),
        "training": run.metrics.network_training,
        "splits": run.metrics.splits,
    }
    content = {name: getattr(CARD, name) for name in ModelCard.model_fields}
    return ModelCard.model_validate({**content, **of_run, **fields})


def test_the_page_says_what_goes_in_and_what_comes_out(make_run: Make, parse: Callable[[str], Any]) -> None:
    run = make_run()
    text = parse(card_report(card(run))).text
    for record in run.metrics.splits["test"]:
        assert f"{record.task} ({record.kind})" in text
        assert f"{record.task} > 0" in text
    assert "of the item in this request, for each candidate" in text
    assert "item_age" in text
    assert "of the context" not in text, "no feature has that role"


def test_the_first_screen_comes_first(make_run: Make, parse: Callable[[str], Any]) -> None:
    text = parse(card_report(card(make_run()))).text
    ordered = [
        "Model card",
        "Given a request",
        "taskfusion serve",
        "What these figures do not say",
        "How well",
    ]
    places = [text.index(part) for part in ordered]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"domain": "country = 'JP'"}, "rows where country = 'JP'"),
        ({"quarantined": ("like",)}, "like any more: it is in quarantine"),
    ],
)
def test_what_it_is_not_meant_for_is_in_the_box(make_run: Make, fields: dict[str, Any], words: str) -> None:
    plain, changed = card_box(card(make_run())).sentences, card_box(card(make_run(), **fields)).sentences
    assert words in " ".join(changed)
    assert words not in " ".join(plain)


def test_a_model_that_learned_nothing_is_not_served_next(make_run: Make) -> None:
    run = make_run()
    worse = tuple(
        TaskRecord.model_validate({**dict(record), "metrics": {**record.metrics, "relative_loss": 1.2}})
        for record in run.metrics.splits["test"]
    )
    assert card_box(card(run)).command.startswith("taskfusion serve")
    assert card_box(card(run, splits={"test": worse})).command.startswith("taskfusion train")


def test_limits_name_what_is_so(make_run: Make) -> None:
    run = make_run()
    plain = limits(card(run))
    on_validation = {"validation": run.metrics.splits["test"]}
    assert "rows that chose the model" in limits(card(run, splits=on_validation))[0 if "few" not in plain[0] else 1]
    assert limits(card(run, not_split="it has trees"))[-1].endswith("slower: it has trees.")
    assert all("slower" not in one for one in plain)


TOGETHER = (
    "trees read what a request says and what an item says together; train with ensemble.trees=false to have item rows"
)


def test_the_page_is_whole_in_japanese(make_run: Make) -> None:
    features = tuple(one.model_copy(update={"missing": 0.25, "unseen": 0.125}) for one in CARD.features)
    fields = {"score": {"click": 1.0, "like": -2.0}, "domain": "country = 'JP'", "quarantined": ("like",)}
    more = {"not_split": TOGETHER, "reference": "1,234 test rows", "features": features, "has_trees": True}
    page = in_japanese(card_report, card(make_run(), **fields, **more))
    assert english_left(page) == []
    assert "テストデータ1,234行の集計です" in page
