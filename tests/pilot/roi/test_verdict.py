"""Go, stop or not known yet, over all that can be."""

from itertools import product
from typing import get_args

import pytest

from rois import kpi, memo
from taskfusion.pilot.roi.case import spread
from taskfusion.pilot.roi.verdict import SMALL, SURE, judge
from taskfusion.run.record.pilot_memo import Action, Adjusted
from taskfusion.run.record.roi import RoiCase, RoiReason

CHANCES = (0.05, SMALL, 0.5, SURE, 0.99)


def _cases(chances: tuple[float, ...]) -> list[RoiCase]:
    import numpy as np

    flat = spread(np.zeros(3))
    return [
        RoiCase(name=name, net=flat, chance=chance, break_even=(None, None, None), paid=[], net_by_month=[])  # type: ignore[arg-type]
        for name, chance in zip(("savings", "shown effects", "all effects"), chances, strict=True)
    ]


@pytest.mark.parametrize("action", get_args(Action))
def test_every_combination_follows_the_rule(action: Action) -> None:
    for chances in product(CHANCES, repeat=3):
        verdict, reasons = judge(_cases(chances), memo(action), ["like"])
        assert reasons
        if action == "roll back" or max(chances) <= SMALL:
            assert verdict == "stop"
        elif action == "ship" and min(chances[1:]) >= SURE:
            assert (verdict, reasons[0].kind) == ("go", "pays")
        else:
            assert verdict == "not known yet"


def test_no_pilot_is_no_go_but_may_be_a_stop() -> None:
    assert judge(_cases((1, 1, 1)), None, [])[0] == "not known yet"
    assert judge(_cases((0, 0, 0)), None, [])[0] == "stop"


def test_arms_of_a_wrong_ratio_prove_nothing() -> None:
    blind = memo("hold", is_mismatch=True)
    verdict, reasons = judge(_cases((0, 0, 0)), blind, ["like"])
    assert (verdict, reasons[0].kind) == ("not known yet", "ratio")
    assert judge(_cases((0, 0, 0)), blind, [])[0] == "stop"


def test_an_early_end_that_is_adjusted_says_by_how_much() -> None:
    one = Adjusted(change=0.02, lower=0.0, upper=0.04, error=0.01, look=2, is_early=True)
    ended = memo(day=7, kpis=[kpi("like", 0.03, 0.01, adjusted=one)])
    reason = judge(_cases((1, 1, 1)), ended, ["like"])[1][-1]
    assert reason == RoiReason(kind="adjusted", kpi="like", measured=0.03, counted=0.02)
    for changed, worth, kinds in (
        ({"look": 1}, ["like"], ["pays", "early"]),
        ({"is_early": False}, ["like"], ["pays"]),
        ({}, [], ["pays"]),
    ):
        again = memo(kpis=[kpi("like", 0.03, 0.01, adjusted=one.model_copy(update=changed))])
        assert [reason.kind for reason in judge(_cases((1, 1, 1)), again, worth)[1]] == kinds


def test_an_early_end_is_told() -> None:
    kinds = [one.kind for one in judge(_cases((1, 1, 1)), memo(day=4), ["like"])[1]]
    assert kinds == ["pays", "early"]
    assert "early" not in [one.kind for one in judge(_cases((1, 1, 1)), memo(), ["like"])[1]]
