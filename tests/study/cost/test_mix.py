"""The cheapest mix is that of trying all assignments; limits are kept, and one that nothing meets is named."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costs import BASE, DAILY, TASKS, model, three_ways, way
from taskfusion.config.derive import derive
from taskfusion.config.traffic import Traffic
from taskfusion.run.record.cost import WayCost
from taskfusion.study.cost.mix import Limits, allowed, broken, cheapest, front, loss_percent, unmet
from taskfusion.study.cost.price import Choice, plan_bill

MILLISECONDS = st.floats(0.01, 20)
LOSSES = st.floats(0.4, 1.0)


@st.composite
def some_ways(draw: st.DrawFn) -> list[WayCost]:
    """Three ways of any cost and loss."""

    def losses() -> dict[str, float]:
        return {task: draw(LOSSES) for task in TASKS}

    return [
        way("one model", [model(TASKS, draw(MILLISECONDS))], losses()),
        way("separate models", [model([task], draw(MILLISECONDS)) for task in TASKS], losses()),
        way("trees", [model((), draw(MILLISECONDS)), *(model([t], draw(MILLISECONDS)) for t in TASKS)], losses()),
    ]


def _by_brute_force(ways: Sequence[WayCost], limits: Limits, traffic: Traffic) -> float | None:
    options = [Choice(one.name, mode) for one in ways for mode in ("online", "batch")]
    prices = [
        plan_bill(ways, BASE, dict(zip(TASKS, chosen, strict=True)), traffic).money
        for chosen in itertools.product(options, repeat=len(TASKS))
        if all(broken(ways, task, one, limits, traffic) is None for task, one in zip(TASKS, chosen, strict=True))
    ]
    return min(prices, default=None)


@given(
    ways=some_ways(),
    percent=st.floats(0, 60),
    rate=st.floats(0.1, 3000),
    users=st.integers(1, 10**7),
    hours=st.dictionaries(st.sampled_from(TASKS), st.sampled_from([1.0, 24.0, 168.0])),
)
def test_the_cheapest_is_that_of_all_assignments(
    ways: list[WayCost], percent: float, rate: float, users: int, hours: dict[str, float]
) -> None:
    traffic = Traffic(requests_per_second=rate, users=users, items_per_user=20, freshness_hours=hours)
    limits = Limits(percent, {})
    found = cheapest(ways, BASE, TASKS, limits, traffic)
    assert found is not None  # the best model of each task keeps every limit
    assert plan_bill(ways, BASE, found, traffic).money == pytest.approx(_by_brute_force(ways, limits, traffic))
    assert all(broken(ways, task, choice, limits, traffic) is None for task, choice in found.items())


def test_a_looser_limit_is_never_dearer() -> None:
    found = front(three_ways(), BASE, TASKS, DAILY)
    prices = [price for price, _ in found]
    assert prices == sorted(prices, reverse=True)
    assert len(found) > 1
    for price, choices in found:
        assert plan_bill(three_ways(), BASE, choices, DAILY).money == pytest.approx(price)


def test_a_limit_that_nothing_meets_is_named() -> None:
    ways = three_ways()
    strict = derive(DAILY, most_loss={"like": 0.6})
    limits = Limits.of(strict)
    assert cheapest(ways, BASE, TASKS, limits, strict) is None
    assert unmet(ways, TASKS, limits, strict) == "most_loss of like is 0.6, but its best model reaches 0.7000"
    assert unmet(ways, TASKS, Limits.of(DAILY), DAILY) is None
    both = derive(DAILY, most_loss={"click": 0.79}, most_loss_percent=0)
    assert unmet(ways, TASKS, Limits.of(both), both) is None


def test_what_is_not_known_keeps_no_limit_but_where_there_is_one_way() -> None:
    alone = [way("one model", [model(TASKS, 1)], {})]
    assert cheapest(alone, BASE, TASKS, Limits.of(DAILY), DAILY) is not None
    both = [*alone, three_ways()[1]]
    assert all(Choice("one model", "online") not in one for one in allowed(both, TASKS, Limits(5, {}), DAILY).values())
    assert loss_percent(both, alone[0], "click") is None


@pytest.mark.parametrize(("task", "expected"), [("click", "freshness_hours does not name it"), ("like", None)])
def test_only_what_may_be_old_is_made_in_batch(task: str, expected: str | None) -> None:
    found = broken(three_ways(), task, Choice("one model", "batch"), Limits(50, {}), DAILY)
    assert (found is None) if expected is None else (found is not None and expected in found)
    none = Traffic()
    assert "are not given" in (broken(three_ways(), task, Choice("one model", "batch"), Limits(50, {}), none) or "")
