"""Models in processes of their own: what opens the breaker, what replaces a process, what several bundles predict."""

import asyncio
import json
from pathlib import Path
from time import time
from typing import Any

import pytest

from serve.conftest import Exported
from serve.serving import ITEMS, REQUEST, DirectPool, deployment_of
from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.config.routes import Tier
from taskfusion.serve.router.breaker import LEAST_CALLS, Breaker, State
from taskfusion.serve.router.deployment import Deployment
from taskfusion.serve.router.reason import Reason, UnansweredError
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.message import Kind, Reply
from taskfusion.serve.worker.settings import CommonSettings

BODY = json.dumps({"request": REQUEST, "candidates": ["v1", "v2"]}).encode()
NOT_FINITE = Reply(0, 503, 0, 0.0, b'{"error":{"code":"not_finite"}}')


def _tell(event: str, **_: object) -> None:
    pass


async def _reason(deployment: Deployment, seconds: float = 1.0) -> Reason | None:
    try:
        await deployment.call(Kind.RANK, BODY, 0, seconds)
    except UnansweredError as error:
        return error.reason
    return None


def test_one_that_fails_often_is_not_asked_for_a_while(answerer: Answerer) -> None:
    pool = DirectPool(answerer, replies=[Reply(0, 500, 0, 0.0, b"{}")] * LEAST_CALLS)
    deployment = deployment_of(Tier(bundle="b"), pool)

    async def run() -> list[Reason | None]:
        return [await _reason(deployment) for _ in range(LEAST_CALLS + 1)]

    assert asyncio.run(run()) == [Reason.DEFECT] * LEAST_CALLS + [Reason.OPEN]
    assert deployment.breaker.state is State.OPEN
    assert len(pool.asked) == LEAST_CALLS


@pytest.mark.parametrize("is_unfit", [False, True])
def test_a_value_that_no_model_can_score_does_not_cost_the_process(answerer: Answerer, is_unfit: bool) -> None:
    pool = DirectPool(answerer, replies=[NOT_FINITE] * (3 * LEAST_CALLS))
    deployment = deployment_of(Tier(bundle="b"), pool)
    pool.unfit = int(is_unfit)

    async def run() -> set[Reason | None]:
        found = set()
        for _ in range(2 * LEAST_CALLS):
            found.add(await _reason(deployment))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return found

    found = asyncio.run(run())
    assert found == ({Reason.NOT_FINITE, Reason.OPEN} if is_unfit else {Reason.NOT_FINITE})


def test_one_that_hangs_is_not_waited_for(answerer: Answerer) -> None:
    pool = DirectPool(answerer, is_hanging=True)
    assert asyncio.run(_reason(deployment_of(Tier(bundle="b"), pool))) is Reason.DEADLINE
    assert pool.asked == []


def test_it_starts_asks_and_ends(exported: Exported, items: Path) -> None:
    async def run() -> dict[str, Any]:
        tier = Tier(bundle=str(exported.path), items=str(items), workers=2)
        deployment = await Deployment.start(tier, CommonSettings(), 64, _tell)
        await deployment.probe()
        reply = await deployment.call(Kind.RANK, BODY, 0, 5.0)
        found: dict[str, Any] = json.loads(reply.body)
        assert len(await deployment.counts()) == len(deployment.pids) == 2
        assert deployment.version == found["bundle"]
        assert set(deployment.priors) == set(deployment.prediction_names)
        await deployment.drain(5.0)
        assert deployment.pids == [None, None]
        assert await _reason(deployment) is Reason.LOST
        return found

    assert sorted(asyncio.run(run())["order"]) == [0, 1]
    assert len(ITEMS) > 2


def test_bundles_that_cannot_answer_together_are_told(exported: Exported, tmp_path: Path) -> None:
    twice = Tier(bundles=(str(exported.path), str(exported.path)))
    with pytest.raises(ExperimentError, match="should predict different tasks, but two predict 'click'"):
        asyncio.run(Deployment.start(twice, CommonSettings(), 64, _tell))
    gone = Tier(bundles=(str(exported.path), str(tmp_path / "none")))
    with pytest.raises(RunError, match="none"):
        asyncio.run(Deployment.start(gone, CommonSettings(), 64, _tell))


def test_a_drain_that_is_cut_short_leaves_no_process(answerer: Answerer) -> None:
    """The server ended while a model that was replaced still answered: its processes were left behind."""
    pool = DirectPool(answerer, num_pending=1)

    async def run() -> None:
        draining = asyncio.ensure_future(deployment_of(Tier(bundle="b"), pool).drain(60.0))
        await asyncio.sleep(0.01)
        draining.cancel()
        await asyncio.wait([draining])

    asyncio.run(run())
    assert pool.is_lost


@pytest.mark.parametrize("is_unfit", [False, True])
def test_a_trial_that_ends_in_no_number_is_told_to_the_breaker(answerer: Answerer, is_unfit: bool) -> None:
    """Also where a check after a defect was on its way; else the breaker would wait for that trial for ever."""
    pool = DirectPool(answerer, replies=[Reply(0, 500, 0, 0.0, b"{}"), NOT_FINITE], unfit=int(is_unfit))
    deployment = deployment_of(Tier(bundle="b"), pool)
    now = [0.0]
    deployment.breaker = Breaker(lambda: now[0])
    for _ in range(LEAST_CALLS):
        deployment.breaker.failed()

    async def run() -> list[Reason | None]:
        reasons = []
        for pause in (2.0, 4.0):
            now[0] += pause
            reasons.append(await _reason(deployment))
        await asyncio.sleep(0.01)
        return reasons

    assert asyncio.run(run()) == [Reason.DEFECT, Reason.NOT_FINITE]
    assert deployment.breaker.state is (State.OPEN if is_unfit else State.CLOSED)


def _with_items(answerer: Answerer, age_seconds: float | None, most_hours: float | None) -> Deployment:
    begun = None if age_seconds is None else time() - age_seconds
    tier = Tier(bundle="b", items="items", items_most_age_hours=most_hours)
    found = deployment_of(tier, DirectPool(answerer))
    found.started = tuple(one.model_copy(update={"items_begun": begun}) for one in found.started)
    return found


def test_items_that_are_too_old_are_not_answered_with(answerer: Answerer) -> None:
    for age, most, is_stale in (
        (3700, 1, True),
        (3500, 1, False),
        (9e9, None, False),
        (-60, 1, False),
        (None, 1, False),
    ):
        deployment = _with_items(answerer, age, most)
        assert deployment.is_stale == is_stale
        assert asyncio.run(_reason(deployment, 5.0)) is (Reason.STALE if is_stale else None)
        assert deployment.items_age_seconds == (None if age is None else pytest.approx(max(age, 0), abs=1))


def test_items_that_do_not_say_how_old_they_are_have_no_limit(exported: Exported, items: Path) -> None:
    tier = Tier(bundle=str(exported.path), items=str(items), items_most_age_hours=5)
    with pytest.raises(ExperimentError, match="does not say when its items were read"):
        asyncio.run(Deployment.start(tier, CommonSettings(), 64, _tell))
