import json
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from demos.pilot.crowd import SHOWN, Crowd
from taskfusion.datasets.simulate.settings import TASKS, FeedSettings

TODAY = date(2026, 3, 2)
SETTINGS = FeedSettings(rows=1_000, num_users=500, num_items=500, days=3)


@pytest.fixture(scope="module")
def crowd() -> Crowd:
    return Crowd(SETTINGS, TODAY, visits=400, candidates=8)


def test_a_day_is_the_same_whenever_it_is_asked_for(crowd: Crowd) -> None:
    first, again, other = crowd.visits(3), crowd.visits(3), crowd.visits(4)
    assert first.bodies == again.bodies
    assert first.bodies != other.bodies
    assert not set(first.ids) & set(other.ids)
    assert len(set(first.ids)) == 400
    assert first.moments == sorted(first.moments)


def test_users_come_alike_often(crowd: Crowd) -> None:
    users = np.concatenate([crowd.visits(day).rows.user for day in range(20)])
    counts = np.bincount(users, minlength=SETTINGS.num_users)
    assert counts.var() == pytest.approx(counts.mean(), rel=0.25)  # as of a Poisson distribution


def test_a_request_names_users_by_what_the_log_has_and_items_by_their_ids(crowd: Crowd) -> None:
    content = json.loads(crowd.visits(0).bodies[0])
    assert content["top"] == SHOWN
    assert {"user_id", "watch_history", "hour", "network"} <= set(content["request"])
    assert len(content["candidates"]) == 8
    assert {one["id"] for one in content["candidates"]} <= set(crowd.items["item_id"].to_list())


def test_the_same_video_has_the_same_outcome_whoever_ranked_it(crowd: Crowd) -> None:
    visits = crowd.visits(1)
    forward = crowd.outcomes(visits, np.tile(np.arange(5), (400, 1)))
    backward = crowd.outcomes(visits, np.tile(np.arange(7, 2, -1), (400, 1)))
    distinct = [one for one, items in zip(visits.ids, visits.item_VC.tolist(), strict=True) if len(set(items)) == 8]
    both = forward.filter(pl.col("id").is_in(distinct)).join(backward, on=["id", "candidate"], suffix="_again")
    assert len(both) == 2 * len(distinct) > 400  # the places 3 and 4 are looked at in either order
    for task in TASKS:
        assert both[task].equals(both[f"{task}_again"], check_names=False)


def test_places_that_are_not_looked_at_have_no_outcome(crowd: Crowd) -> None:
    order_VS = np.full((400, 5), -1)
    order_VS[7, :2] = (3, 1)
    visits = crowd.visits(2)
    found = crowd.outcomes(visits, order_VS)
    asked = json.loads(visits.bodies[7])["candidates"]
    assert found["id"].to_list() == [visits.ids[7]] * 2
    assert found["candidate"].to_list() == [str(asked[3]["id"]), str(asked[1]["id"])]
    features = crowd.features(visits, order_VS)
    assert features["item_id"].cast(pl.String).to_list() == found["candidate"].to_list()
    assert features["user_id"].to_list() == found["user_id"].to_list()


def test_two_dates_are_whole_weeks_apart(crowd: Crowd) -> None:
    found = crowd.outcomes(crowd.visits(1), np.zeros((400, 1), dtype=np.int64))
    assert set(found["day"].to_list()) == {TODAY + timedelta(days=1)}
    (logged,) = set(found["time"].dt.date().to_list())
    apart = TODAY + timedelta(days=1) - logged
    assert apart > timedelta(days=60)
    assert apart.days % 7 == 0


def test_outcomes_are_as_likely_as_the_feed_has_them(crowd: Crowd) -> None:
    every = np.tile(np.arange(8), (400, 1))
    rates = pl.concat([crowd.outcomes(crowd.visits(day), every) for day in range(6)])
    assert rates["click"].cast(pl.Float64).mean() == pytest.approx(0.442, abs=0.04)
    assert rates["long_view"].cast(pl.Float64).mean() == pytest.approx(0.311, abs=0.04)
