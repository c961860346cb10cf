"""Time spans are written as Prometheus writes them, and every alarm is tried."""

from taskfusion.watch.rules.rule import Alert
from taskfusion.watch.rules.watched import watched_groups
from taskfusion.watch.rules.watched_case import duration, watched_cases
from watched import KPIS, TASKS


def test_every_rule_is_seen_to_be_silent_and_to_speak() -> None:
    fired = {
        one.alert.expression for case in watched_cases(KPIS, TASKS) for moment in case.moments for one in moment.fired
    }
    rules = [rule for group in watched_groups(KPIS, TASKS) for rule in group.rules if isinstance(rule, Alert)]
    assert fired == {rule.expression for rule in rules}
    assert all(not case.moments[0].fired for case in watched_cases(KPIS, TASKS))


def test_time_spans() -> None:
    assert [duration(one) for one in (61, 3600, 90_061)] == ["1m 1s", "1h 0m 0s", "1d 1h 1m 1s"]
