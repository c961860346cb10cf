"""Tests of the rules over a server name every rule."""

from taskfusion.watch.rules.serving import BURNS, FAULTS, objectives
from taskfusion.watch.rules.serving_case import fault_cases, objective_cases


def test_every_rule_is_seen_to_be_silent_and_to_speak() -> None:
    for objective in objectives(0.1):
        cases = objective_cases(objective)
        timed = {timing.labels["window"]: set() for case in cases for timing in case.timings}  # type: ignore[var-annotated]
        for timing in (timing for case in cases for timing in case.timings):
            timed[timing.labels["window"]].add(timing.speaks)
        assert list(timed.values()) == [{True, False}] * len(BURNS)
        assert [len(case.moments[0].fired) for case in cases if case.moments] == [0, 1, 2, 3, 4]
    for fault, case in zip(FAULTS, fault_cases(), strict=True):
        assert {moment.name for moment in case.moments} == {fault.name}
        assert [len(moment.fired) for moment in case.moments] == [0, 1]
