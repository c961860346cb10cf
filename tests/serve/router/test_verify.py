"""A model is fit where it scores, refuses nothing that is answered now, and is not slow."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from serve.serving import REQUEST, DirectPool, deployment_of
from taskfusion.base.errors import RunError
from taskfusion.config.routes import Tier
from taskfusion.serve.router.recent import Recent
from taskfusion.serve.router.verify import verify
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.message import Kind, Reply
from taskfusion.serve.worker.refusal import RefusedError

BODY = json.dumps({"request": REQUEST, "candidates": ["v1"]}).encode()
TIER = Tier(bundle="b", deadline_ms=50)


@dataclass
class TimedPool(DirectPool):
    """Says that a call took so long."""

    seconds: float = 0.001
    status: int = 200

    async def call(self, kind: Kind, body: bytes, json_length: int = 0, **_: Any) -> Reply:
        return Reply(0, self.status, 0, self.seconds, b'{"error": "no such column"}')


def _verify(mine: DirectPool, theirs: DirectPool | None, bodies: Sequence[bytes] = (BODY,)) -> None:
    recent = Recent()
    for body in bodies:
        recent.add(body)
    current = None if theirs is None else deployment_of(TIER, theirs)
    asyncio.run(verify(deployment_of(TIER, mine), current, recent, TIER.deadline_seconds))


def test_one_that_answers_as_fast_is_fit(answerer: Answerer) -> None:
    _verify(DirectPool(answerer), None)
    _verify(DirectPool(answerer), DirectPool(answerer))
    _verify(TimedPool(answerer, seconds=0.002), TimedPool(answerer, seconds=0.001))
    _verify(TimedPool(answerer, seconds=9.0), TimedPool(answerer), bodies=())


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            {"refused": RefusedError(503, "not_finite", "a prediction is not finite")},
            "cannot score a row: a prediction",
        ),
        ({"status": 422}, "would be refused: .*no such column"),
        ({"status": 503}, "50.0 ms .* but has 50 ms"),
        ({"status": 500}, "would be refused: a defect"),
        ({"seconds": 0.0031}, "3.1 ms .* more than 2 times .* 1.0 ms"),
        ({"seconds": 0.051}, "51.0 ms .* but has 50 ms"),
    ],
)
def test_one_that_does_not_is_told(answerer: Answerer, fault: dict[str, Any], message: str) -> None:
    with pytest.raises(RunError, match=message):
        _verify(TimedPool(answerer, **fault), TimedPool(answerer))


def test_single_late_answers_say_nothing(answerer: Answerer) -> None:
    """While others are loaded a call may be late; the median is not."""
    late = Reply(0, 503, 0, 0.0, b'{"error":{"code":"waited_too_long"}}')
    _verify(DirectPool(answerer, replies=[late] * 10), DirectPool(answerer))


def test_one_whose_items_are_too_old_is_told(answerer: Answerer) -> None:
    stale = deployment_of(Tier(bundle="b", items="i", items_most_age_hours=1), DirectPool(answerer))
    stale.started = tuple(one.model_copy(update={"items_begun": 0.0}) for one in stale.started)
    asyncio.run(verify(stale, None, Recent(), 1.0))
    with pytest.raises(RunError, match="older than items_most_age_hours; make them again"):
        asyncio.run(verify(stale, deployment_of(TIER, DirectPool(answerer)), Recent(), 1.0))
