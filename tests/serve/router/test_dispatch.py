"""Whom a request is given to, what it says of that, and who is told."""

import asyncio
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from serve.router.test_batch_scores import opened
from serve.scored_tables import BEGUN, FINGERPRINT, write_scores
from serve.serving import REQUEST, DirectPool, deployment_of, fleet_of
from taskfusion.base.bucket import bucket
from taskfusion.config.routes import Batch, Canary, Routes, Shadow, Tier
from taskfusion.serve.router.dispatch import Answered, Dispatch, request_of, with_route
from taskfusion.serve.router.fleet import Fleet
from taskfusion.serve.router.hybrid import Hybrid
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


USER = REQUEST["user_id"]


def _with_batch(
    answerer: Answerer, folder: Path, pool: DirectPool, tasks: dict[str, Any], **routes: Any
) -> tuple[Fleet, Hybrid]:
    """A fleet with predictions made beforehand, of v1 alone."""
    names = [column for task in answerer.started.tasks for column in task.columns]
    frame = pl.DataFrame({"user": [USER], "item": ["v1"], **{name: [0.125] for name in names}})
    scores = opened(write_scores(folder / "scores", frame, ["user", "item"]), folder / "out", names)
    batch = Batch(scores="scores", item="item", tasks=tasks)
    hybrid = Hybrid(batch, scores, answerer.started.tasks, lambda: BEGUN.timestamp() + 3600)
    fleet = fleet_of(Routes(primary=TIER, unit="user_id", batch=batch, **routes), primary=deployment_of(TIER, pool))
    fleet._batch = ((), hybrid)
    return fleet, hybrid


def test_predictions_made_beforehand_stand_in_the_answer(answerer: Answerer, tmp_path: Path) -> None:
    fleet, _ = _with_batch(answerer, tmp_path, DirectPool(answerer), {"click": "prefer"})
    plain = fleet_of(Routes(primary=TIER), primary=deployment_of(TIER, DirectPool(answerer)))
    body, seen = _body(USER, top=1), list[Answered]()
    whole = json.loads(with_route(_ask(plain, _body(USER))))
    found = json.loads(with_route(_ask(fleet, body, seen)))
    assert found["sources"]["click"] == {"batch": 1, "online": 1}
    assert found["batch"] == {"bundle": FINGERPRINT, "age_hours": 1.0, "is_stale": False}
    assert (found["tier"], found["bundle"], len(found["order"])) == ("primary", answerer.started.bundle, 1)
    click = dict(zip(whole["order"], whole["predictions"]["click"], strict=True)) | {0: 0.125}
    assert found["order"] == [max(click, key=lambda place: click[place])]
    assert found["predictions"]["click"] == [click[found["order"][0]]]
    assert list(fleet.recent) == [body]
    assert seen[0].sources is not None
    assert "sources" not in json.loads(with_route(_ask(plain, _body(USER))))
    assert _ask(fleet, b'{"request": {}}').answer.reply.status == 422


def test_they_answer_where_no_model_does(answerer: Answerer, tmp_path: Path) -> None:
    pool = DirectPool(answerer, refused=LOST)
    every = dict.fromkeys((task.name for task in answerer.started.tasks), "fallback")
    fleet, _ = _with_batch(answerer, tmp_path, pool, every)
    found = json.loads(with_route(_ask(fleet, _body(USER, candidates=["v2", {"item": "v1"}, "v1"], top=2))))
    assert (found["tier"], found["reason"], found["bundle"]) == ("batch", "lost", FINGERPRINT)
    assert found["sources"]["click"] == {"batch": 2, "prior": 1}
    assert len(found["order"]) == 2
    other = json.loads(with_route(_ask(fleet, _body(-1))))
    assert (other["tier"], other["sources"]["click"]) == ("last_resort", {"prior": 2})
    with pytest.raises(RefusedError, match="should be a JSON object"):
        _ask(fleet, b"[]")


def test_they_answer_overload_where_they_have_all(answerer: Answerer, tmp_path: Path) -> None:
    every = dict.fromkeys((task.name for task in answerer.started.tasks), "fallback")
    fleet, _ = _with_batch(answerer, tmp_path, DirectPool(answerer, num_pending=64), every, last_resort=False)
    found = _ask(fleet, _body(USER, candidates=["v1"]))
    assert (found.answer.tier, found.answer.reason) == ("batch", Reason.OVERLOADED)
    with pytest.raises(RefusedError) as error:
        _ask(fleet, _body(USER))
    assert error.value.status == 429


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"request": 3}', b'{"request": {}}', b"3", b'{"request": null}'])
def test_what_is_no_request_has_no_values(body: bytes) -> None:
    assert request_of(body) == {}
