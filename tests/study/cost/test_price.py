"""Prices: CPU and cores are linear in traffic, memory grows in steps, and each model is paid once."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costs import BASE, DAILY, TASKS, model, three_ways, way
from taskfusion.config.derive import derive
from taskfusion.config.traffic import Traffic
from taskfusion.run.record.cost import Mode
from taskfusion.study.cost.price import (
    Choice,
    batch_bill,
    online_bill,
    plan_bill,
    predictions_of,
    store_bill,
    total,
    training_money,
)

RATES = st.floats(0.01, 10_000)
MODES: tuple[Mode, ...] = ("online", "batch")


@given(rate=RATES, times=st.floats(1, 100), seconds=st.floats(1e-5, 1))
def test_work_is_linear_in_traffic(rate: float, times: float, seconds: float) -> None:
    one, more = (online_bill(seconds, 0, Traffic(requests_per_second=r)) for r in (rate, times * rate))
    assert more.cores == pytest.approx(times * one.cores)
    assert more.cpu_seconds == one.cpu_seconds  # per million requests
    assert more.money == pytest.approx(one.money)  # without memory, a request costs what it costs


@given(rate=RATES, times=st.floats(1, 100))
def test_memory_never_falls_with_traffic_nor_does_a_request_get_dearer_by_more_than_a_process(
    rate: float, times: float
) -> None:
    few, many = (online_bill(0.01, 100, Traffic(requests_per_second=r)) for r in (rate, times * rate))
    assert many.gb >= few.gb >= 0.1
    assert many.gb <= 0.1 * (many.cores + 1) + 1e-9


def test_an_online_request_by_hand() -> None:
    traffic = Traffic(
        requests_per_second=100, peak_per_second=300, headroom=0.25, price_per_core_hour=2, price_per_gb_hour=3
    )
    bill = online_bill(0.01, 500, traffic)
    assert bill.cpu_seconds == pytest.approx(10_000)
    assert bill.cores == pytest.approx(4)
    assert bill.gb == pytest.approx(2)
    assert bill.money == pytest.approx((4 * 2 + 2 * 3) * 1e6 / 100 / 3600)


def test_a_batch_and_its_store_by_hand() -> None:
    traffic = Traffic(requests_per_second=1e6 / 86_400, users=1000, items_per_user=10, price_per_core_hour=3600)
    assert batch_bill(0.001, 12, traffic).money == pytest.approx(2 * 10_000 * 0.001)
    assert store_bill(8, traffic).gb == pytest.approx(80_000 / 1e9)


def test_a_plan_is_the_sum_of_its_models() -> None:
    ways = three_ways()
    whole = plan_bill(ways, BASE, {task: Choice("one model", "online") for task in TASKS}, DAILY)
    part = plan_bill(ways, BASE, {"click": Choice("one model", "online")}, DAILY)
    assert whole == part  # the model of all tasks runs once, however many need it
    apart = [plan_bill(ways, BASE, {task: Choice("separate models", "online")}, DAILY).cpu_seconds for task in TASKS]
    together = plan_bill(ways, BASE, {task: Choice("separate models", "online") for task in TASKS}, DAILY).cpu_seconds
    assert together == pytest.approx(sum(apart) - 2 * 1e6 * BASE.request_seconds.value)
    for mode in MODES:
        trees = plan_bill(ways, BASE, {"like": Choice("trees", mode)}, DAILY)
        both = plan_bill(ways, BASE, {"like": Choice("trees", mode), "watch": Choice("trees", mode)}, DAILY)
        assert trees.cpu_seconds < both.cpu_seconds


def test_a_batch_is_as_fresh_as_the_task_that_has_to_be_the_freshest() -> None:
    ways = three_ways()
    daily = plan_bill(ways, BASE, {"like": Choice("one model", "batch")}, DAILY)
    often = plan_bill(ways, BASE, {"watch": Choice("one model", "batch")}, DAILY)
    both = plan_bill(ways, BASE, {task: Choice("one model", "batch") for task in ("like", "watch")}, DAILY)
    assert daily.cpu_seconds < often.cpu_seconds == pytest.approx(both.cpu_seconds)


def test_training_is_paid_for_models_that_are_used() -> None:
    ways = three_ways()
    one, two = (
        training_money(ways, {task: Choice("separate models", "online") for task in TASKS[:count]}, DAILY)
        for count in (1, 2)
    )
    assert one is not None
    assert two == pytest.approx(2 * one)
    assert one == pytest.approx(1e6 / 100 / 86_400 / 7 * 60 / 3600 * 0.04)
    untold = [way("one model", [model(TASKS, 1, training=None)], {})]
    assert training_money(untold, {"click": Choice("one model", "online")}, DAILY) is None


def test_all_parts_are_added() -> None:
    bills = [online_bill(0.001, 10, DAILY), store_bill(8, DAILY)]
    for name in ("cpu_seconds", "cores", "gb", "money"):
        assert getattr(total(bills), name) == pytest.approx(sum(getattr(one, name) for one in bills))
    assert total([]).money == 0


def test_cheaper_prices_make_no_plan_dearer() -> None:
    ways, cheap = three_ways(), derive(DAILY, price_per_core_hour=0.01)
    for mode, way_name in itertools.product(MODES, ("one model", "trees")):
        choices = {"like": Choice(way_name, mode)}  # type: ignore[arg-type]
        assert plan_bill(ways, BASE, choices, cheap).money < plan_bill(ways, BASE, choices, DAILY).money


def test_predictions_are_those_of_a_models_own_task() -> None:
    assert predictions_of(three_ways(), "click") == 1
    shared = [way("one model", [model(TASKS, 1)], {})]
    assert predictions_of(shared, "click") == 1
