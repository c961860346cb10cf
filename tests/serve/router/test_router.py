"""Models are asked in turn, each in a share of the caller's time."""

import asyncio
from time import monotonic
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serve.serving import REQUEST, DirectPool, deployment_of
from taskfusion.config.routes import Tier
from taskfusion.serve.router.reason import Reason, UnansweredError
from taskfusion.serve.router.router import Answer, Step, first_answer, refused
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.document import written
from taskfusion.serve.worker.message import Kind, Reply
from taskfusion.serve.worker.refusal import RefusedError

BODY = written({"request": REQUEST, "candidates": ["v1", "v2"]})
DEFECT = Reply(0, 500, 0, 0.0, b'{"error":{"code":"internal"}}')
NOT_FINITE = Reply(0, 503, 0, 0.0, b'{"error":{"code":"not_finite"}}')


def _step(name: str, pool: DirectPool, milliseconds: float = 1000) -> Step:
    tier = Tier(bundle="b", deadline_ms=milliseconds)
    return Step(name, deployment_of(tier, pool), tier.deadline_seconds)


def _ask(steps: list[Step], seconds: float | None = None) -> Answer:
    return asyncio.run(first_answer(steps, Kind.RANK, BODY, 0, seconds, with_scored=False))


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({}, None),
        ({"pause_seconds": 0.2}, Reason.DEADLINE),
        ({"refused": RefusedError(503, "worker_lost", "it ended")}, Reason.LOST),
        ({"is_ready": False}, Reason.LOST),
        ({"replies": [DEFECT]}, Reason.DEFECT),
        ({"replies": [NOT_FINITE]}, Reason.NOT_FINITE),
    ],
)
def test_the_fallback_answers_what_the_primary_cannot(
    fault: dict[str, Any], reason: Reason | None, answerer: Answerer
) -> None:
    steps = [_step("primary", DirectPool(answerer, **fault), 20), _step("fallback", DirectPool(answerer))]
    found = _ask(steps)
    assert (found.tier, found.reason) == ("primary" if reason is None else "fallback", reason)
    assert found.reply.status == 200


def test_what_the_caller_did_wrong_is_told_by_the_first(answerer: Answerer) -> None:
    steps = [_step("primary", DirectPool(answerer)), _step("fallback", DirectPool(answerer))]
    found = asyncio.run(first_answer(steps, Kind.RANK, b"[]", 0, None, with_scored=False))
    assert (found.tier, found.reason, found.reply.status) == ("primary", None, 422)


@settings(max_examples=10, deadline=None)
@given(seconds=st.floats(0.004, 0.08), deadlines=st.lists(st.floats(5, 60), min_size=1, max_size=3))
def test_nobody_waits_longer_than_he_said(answerer: Answerer, seconds: float, deadlines: list[float]) -> None:
    steps = [_step(str(n), DirectPool(answerer, pause_seconds=30.0), one) for n, one in enumerate(deadlines)]
    start = monotonic()
    with pytest.raises(UnansweredError) as error:
        _ask(steps, seconds)
    waited = monotonic() - start
    allowed = min(seconds, sum(deadlines) / 1000)
    assert error.value.reason is Reason.DEADLINE
    assert allowed - 0.002 <= waited < allowed + 2  # the machine may be busy
    assert len(steps[0].deployment.pools[0].asked) == 1  # type: ignore[attr-defined]


def test_the_first_reason_is_told(answerer: Answerer) -> None:
    lost = RefusedError(503, "worker_lost", "it ended")
    busy = DirectPool(answerer, num_pending=1000)
    steps = [_step("primary", busy), _step("fallback", DirectPool(answerer, refused=lost))]
    with pytest.raises(UnansweredError) as error:
        _ask(steps)
    assert error.value.reason is Reason.OVERLOADED
    assert (refused(error.value).status, refused(UnansweredError(Reason.LOST)).status) == (429, 503)
    assert "ask again" in refused(error.value).message


def test_nobody_to_ask_is_nobody_who_answers() -> None:
    with pytest.raises(UnansweredError, match="another one is being started"):
        _ask([])


def test_a_fallback_that_is_replaced_while_the_primary_is_asked_still_answers(answerer: Answerer) -> None:
    """It was ended when no call was in flight to it, though one was about to come."""
    primary, fallback = DirectPool(answerer, pause_seconds=0.2), DirectPool(answerer)
    steps = [_step("primary", primary, 50), _step("fallback", fallback)]

    async def run() -> Answer:
        asking = asyncio.ensure_future(first_answer(steps, Kind.RANK, BODY, 0, None, with_scored=False))
        await asyncio.sleep(0.01)
        draining = asyncio.ensure_future(steps[1].deployment.drain(5.0))
        found = await asking
        await draining
        return found

    found = asyncio.run(run())
    assert (found.tier, found.reason) == ("fallback", Reason.DEADLINE)
    assert fallback.is_lost
