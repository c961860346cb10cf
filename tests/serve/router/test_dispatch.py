"""Whom a request is given to, what it says of that, and who is told."""

import asyncio
import json
from typing import Any

import pytest

from serve.serving import REQUEST, DirectPool, deployment_of, fleet_of
from taskfusion.base.bucket import bucket
from taskfusion.config.routes import Canary, Routes, Shadow, Tier
from taskfusion.serve.router.dispatch import Answered, Dispatch, unit_of, with_route
from taskfusion.serve.router.fleet import Fleet
from taskfusion.serve.router.reason import Reason
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.refusal import RefusedError
from taskfusion.serve.worker.scored import Scored

LOST = RefusedError(503, "worker_lost", "it ended")
TIER = Tier(bundle="b", deadline_ms=5000)


def _body(user: object = 1, **more: Any) -> bytes:
    return json.dumps({"request": {**REQUEST, "user_id": user}, "candidates": ["v1", "v2"], **more}).encode()


def _ask(fleet: Fleet, body: bytes, seen: list[Answered] | None = None) -> Answered:
    async def run() -> Answered:
        dispatch = Dispatch(fleet, 100, None if seen is None else seen.append)
        found = await dispatch.rank(body, None, "id-1")
        await asyncio.gather(*dispatch._shadows)
        return found

    return asyncio.run(run())


def test_the_answer_says_who_gave_it(answerer: Answerer) -> None:
    fleet = fleet_of(Routes(primary=TIER), primary=deployment_of(TIER, DirectPool(answerer)))
    found = json.loads(with_route(_ask(fleet, _body())))
    assert (found["id"], found["tier"], found["reason"], found["arm"]) == ("id-1", "primary", None, None)
    assert found["bundle"] == answerer.started.bundle
    assert list(fleet.recent) == [_body()]


def test_priors_are_given_where_models_fail_and_not_where_they_are_busy(answerer: Answerer) -> None:
    pool = DirectPool(answerer, refused=LOST)
    fleet = fleet_of(Routes(primary=TIER), primary=deployment_of(TIER, pool))
    found = _ask(fleet, _body(top=1))
    content = json.loads(with_route(found))
    assert (content["tier"], content["reason"], content["bundle"]) == ("last_resort", "lost", "prior")
    assert content["order"] == [0]
    assert set(content["predictions"]) == set(answerer.model.prediction_names)
    assert list(fleet.recent) == []
    pool.refused, pool.num_pending = None, 64
    with pytest.raises(RefusedError) as error:
        _ask(fleet, _body())
    assert (error.value.status, error.value.code) == (429, "overloaded")
    strict = fleet_of(
        Routes(primary=TIER, last_resort=False), primary=deployment_of(TIER, DirectPool(answerer, refused=LOST))
    )
    with pytest.raises(RefusedError, match="ended, and another one is being started; ask again"):
        _ask(strict, _body())


def test_a_unit_stays_with_its_arm_while_the_canary_grows(answerer: Answerer) -> None:
    before: set[int] = set()
    for percent in (0, 5, 40, 100):
        canary = Canary(bundle="c", percent=percent, salt="s")
        routes = Routes(primary=TIER, canary=canary, unit="user_id")
        pools = {"primary": DirectPool(answerer), "canary": DirectPool(answerer)}
        fleet = fleet_of(routes, **{name: deployment_of(TIER, pool) for name, pool in pools.items()})
        units = list(range(60))
        arms = {unit: _ask(fleet, _body(unit)).arm for unit in units}
        inside = {unit for unit, arm in arms.items() if arm == "canary"}
        assert inside == {unit for unit in units if bucket(unit, "s") < percent / 100}
        assert before <= inside
        assert len(pools["canary"].asked) == len(inside)
        before = inside
    assert len(before) == 60
    assert _ask(fleet, _body(None)).arm is None


def test_the_primary_answers_for_a_canary_that_fails(answerer: Answerer) -> None:
    routes = Routes(primary=TIER, canary=Canary(bundle="c", percent=100), unit="user_id")
    canary = deployment_of(TIER, DirectPool(answerer, refused=LOST))
    found = _ask(fleet_of(routes, primary=deployment_of(TIER, DirectPool(answerer)), canary=canary), _body())
    assert (found.answer.tier, found.answer.reason, found.arm) == ("primary", Reason.LOST, "canary")


def test_the_shadow_is_asked_and_never_answers(answerer: Answerer) -> None:
    routes = Routes(primary=TIER, shadow=Shadow(bundle="s"))
    for refused, reason in ((None, None), (LOST, Reason.LOST)):
        seen: list[Answered] = []
        pools = [DirectPool(answerer), DirectPool(answerer, refused=refused)]
        primary, shadow = (deployment_of(TIER, pool) for pool in pools)
        found = _ask(fleet_of(routes, primary=primary, shadow=shadow), _body(), seen)
        assert found.answer.tier == "primary"
        assert [(one.id, one.answer.tier, one.answer.reason) for one in seen] == [
            ("id-1", "primary", None),
            ("id-1", "shadow", reason),
        ]
        scored = Scored.take(seen[0].answer.reply.body[seen[0].answer.reply.json_length :])
        assert list(scored.ids) == ["v1", "v2"]


def test_an_inference_goes_the_same_way(answerer: Answerer) -> None:
    pools = [DirectPool(answerer, refused=LOST), DirectPool(answerer)]
    routes = Routes(primary=TIER, fallback=TIER)
    primary, fallback = (deployment_of(TIER, pool) for pool in pools)
    found = asyncio.run(Dispatch(fleet_of(routes, primary=primary, fallback=fallback), 9).infer(b"{}", 0, None))
    assert (found.tier, found.reason, found.reply.status) == ("fallback", Reason.LOST, 422)
    with pytest.raises(RefusedError):
        asyncio.run(Dispatch(fleet_of(routes, primary=primary), 9).infer(b"{}", 0, None))


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"request": 3}', b'{"request": {}}', b"3", b'{"request": null}'])
def test_what_is_no_request_has_no_unit(body: bytes) -> None:
    assert unit_of(body, "user") is None
