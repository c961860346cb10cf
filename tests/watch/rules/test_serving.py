"""Objectives of a server, and how fast their budgets may be used up."""

import pytest

from taskfusion.watch.registry import unknown_metrics
from taskfusion.watch.rules.rule import Alert, Recording
from taskfusion.watch.rules.serving import BURNS, FAULTS, bucket, burn_alert, objective_group, objectives


def test_a_rule_speaks_when_its_share_of_the_budget_is_gone() -> None:
    """Of 30 days: 2 % in an hour, 5 % in six, 10 % in one day and in three (Site Reliability Workbook, table 5-8)."""
    assert [burn.rate * burn.long / 86400 / 30 for burn in BURNS] == pytest.approx([0.02, 0.05, 0.1, 0.1])
    assert all(burn.long // burn.short == 12 for burn in BURNS)


def test_a_deadline_is_judged_by_the_next_bucket() -> None:
    assert [bucket(one) for one in (0.1, 0.06, 100.0)] == [0.1, 0.1, 5.0]
    assert "more than 200 ms" in objectives(0.15)[1].words


@pytest.mark.parametrize("objective", objectives(0.1), ids=lambda one: one.name)
def test_every_rule_asks_for_metrics_that_there_are(objective: object) -> None:
    group = objective_group(objective)  # type: ignore[arg-type]
    recorded = {rule.name for rule in group.rules if isinstance(rule, Recording)}
    for rule in group.rules:
        text = rule.expression
        for name in recorded:
            text = text.replace(name, "1")
        assert unknown_metrics(text) == []
    assert len([rule for rule in group.rules if isinstance(rule, Alert)]) == len(BURNS)
    assert all(unknown_metrics(one.expression) == [] for one in FAULTS)


def test_an_alarm_says_how_long_the_budget_lasts() -> None:
    alert = burn_alert(objectives(0.1)[0], BURNS[0])
    assert alert.labels == {"severity": "page", "window": "1h"}
    assert "allows 0.1 % over 30 days, which at 14.4 times that pace are used up in 2.08 days" in alert.about
