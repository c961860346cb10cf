"""Sentences of the page of costs."""

import pytest

from costs import DAILY, record
from taskfusion.report.cost_words import (
    against_sentence,
    assumptions,
    bill_sentence,
    loss_sentence,
    money,
    plan_title,
    range_of,
    source_of,
)
from taskfusion.run.record.cost import Amount, Plan

FOUND = record()


def _plan(name: str) -> Plan:
    return next(plan for plan in FOUND.plans if plan.name == name)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("one model, online", "Serve one model for all tasks, online"),
        ("separate models, 2 of 3 tasks in batch", "Serve one model per task, like and watch in batch"),
        ("trees, online", "Serve trees per task, online"),
    ],
)
def test_titles_say_what_is_served(name: str, title: str) -> None:
    assert plan_title(_plan(name), 3) == title


def test_sentences_have_the_numbers() -> None:
    one = _plan("one model, online")
    assert "200 candidates" in bill_sentence(one, FOUND)
    (sentence,) = against_sentence(one, FOUND)
    other = _plan("separate models, online")
    assert f"{100 * one.bill.cpu_seconds / other.bill.cpu_seconds:.0f}" in sentence
    assert "measured here as well" in sentence
    assert against_sentence(other, FOUND) == []
    (paid,) = loss_sentence(one, FOUND)
    assert paid.startswith("The task that pays most is watch")


def test_numbers_are_short() -> None:
    assert money(0.00000001) == "under 0.0001"
    assert money(0) == "0"
    assert money(1.2345) == "1.23"
    amount = Amount(value=0.002, low=0.001, high=0.003, repeats=5, source="")
    assert range_of(amount, 1e3, 2) == ("2.0", "1.0 to 3.0")
    assert range_of(Amount(value=2.0, source=""), 1, 2) == ("2.0", "")
    assert source_of(FOUND.ways[0].models[0]) == "measured here"


def test_all_assumptions_stand_there() -> None:
    shown = {figure.name: figure for figure in assumptions(DAILY)}
    assert shown["requests per second"].value == "100"
    assert shown["may be old"].value == "like: 24 h"
