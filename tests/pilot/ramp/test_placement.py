"""Stages as routes, and routes as stages."""

from typing import Any

import pytest

from pilot.ramps import BASE
from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.config.derive import derive
from taskfusion.config.ramp import Ramp
from taskfusion.config.routes import Canary, Routes, Shadow, Tier
from taskfusion.pilot.ramp.placement import Placement

NEW = Tier(bundle="/models/new", deadline_ms=50)
PLACED = Placement(BASE, NEW, "pilot", (0.0, 1.0, 99.0))


def _of(routes: Routes) -> Placement:
    return Placement.of(Ramp(charter="c", candidate=NEW, alarms="a"), "pilot", routes)


def test_each_stage_has_its_routes_and_no_other() -> None:
    for stage in range(-1, 3):
        assert [PLACED.is_at(one, PLACED.routes(stage)) for one in range(-1, 3)] == [
            one == stage for one in range(-1, 3)
        ]
        assert PLACED.without(PLACED.routes(stage)) == BASE
        assert PLACED.is_gone(PLACED.routes(stage)) == (stage < 0)
    canary = PLACED.routes(2).canary
    assert canary is not None
    assert (canary.percent, canary.salt, canary.deadline_ms) == (99, "pilot", 50)
    assert PLACED.is_mine(PLACED.routes(1))
    assert not PLACED.is_mine(PLACED.routes(0))


def test_a_canary_that_nobody_gets_is_none() -> None:
    nobody = derive(BASE, canary=Canary(bundle="/models/new", percent=0, salt="pilot", deadline_ms=50))
    assert PLACED.is_at(-1, nobody)
    assert PLACED.is_gone(nobody)
    assert _of(nobody).base == BASE


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"canary": Canary(bundle="/other", percent=3)}, "has a canary of /other"),
        ({"shadow": Shadow(bundle="/other")}, "has a shadow of /other"),
        ({"unit": None}, "should say unit"),
    ],
)
def test_a_server_that_is_not_fit_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        _of(derive(BASE, **change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"score": "like"}, r"score is like in place of 0\.7\*like"),
        ({"canary": None}, r"canary is not there in place of \{"),
        ({"canary": Canary(bundle="/models/new", percent=2, salt="pilot", deadline_ms=50)}, r"percent is 2.* of 1"),
    ],
)
def test_what_somebody_changed_is_told(change: dict[str, Any], message: str) -> None:
    PLACED.require_at(1, PLACED.routes(1))
    with pytest.raises(RunError, match=message):
        PLACED.require_at(1, derive(PLACED.routes(1), **change))


def test_a_candidate_that_became_the_primary_is_left_to_people() -> None:
    PLACED.require_not_primary(BASE)
    with pytest.raises(RunError, match="only a person can take back"):
        PLACED.require_not_primary(derive(BASE, primary=NEW))
