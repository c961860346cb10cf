"""Models change while requests come: none is lost, none is answered by two, and what is unfit is not put in force."""

import asyncio
import json
import shutil
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from serve.conftest import Exported
from serve.scored_tables import write_scores
from serve.serving import REQUEST, DirectPool, deployment_of, fleet_of
from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.config.routes import Batch, Canary, Routes, Tier
from taskfusion.serve.router import fleet as fleet_module
from taskfusion.serve.router.batch_build import build
from taskfusion.serve.router.batch_scores import BatchScores
from taskfusion.serve.router.deployment import Deployment
from taskfusion.serve.router.dispatch import Dispatch, with_route
from taskfusion.serve.router.fleet import Fleet
from taskfusion.serve.router.identity import identity
from taskfusion.serve.router.state_file import StateFile
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.settings import CommonSettings

BODY = json.dumps({"request": REQUEST, "candidates": ["v1", "v2"]}).encode()


class Load:
    """Requests one after the other, from several callers, while something else goes on."""

    def __init__(self, fleet: Fleet) -> None:
        self._dispatch, self.seen, self._is_on = Dispatch(fleet, 100), Counter[tuple[str, str]](), True

    async def during(self, change: Coroutine[Any, Any, None]) -> None:
        callers = [asyncio.ensure_future(self._call()) for _ in range(3)]
        try:
            await change
        finally:
            self._is_on = False
            await asyncio.gather(*callers)

    async def _call(self) -> None:
        while self._is_on:
            answered = await self._dispatch.rank(BODY, None, "id")
            found = json.loads(with_route(answered))
            assert found["bundle"] == answered.answer.version
            self.seen[found["tier"], found["bundle"]] += 1


def _fleet(events: list[str], state: StateFile | None = None) -> Fleet:
    return Fleet(CommonSettings(), 64, lambda event, **_: events.append(event), state)


def test_models_change_under_load(exported: Exported, other: Exported, items: Path, tmp_path: Path) -> None:
    file = tmp_path / "routes.yaml"
    tiers = [Tier(bundle=str(one.path), items=str(items), deadline_ms=5000) for one in (exported, other)]
    first, second = (Routes(primary=tier, last_resort=False) for tier in tiers)
    file.write_text(json.dumps(first.model_dump(mode="json")))
    broken = tmp_path / "broken"
    shutil.copytree(other.path, broken)
    (broken / "model.onnx").write_bytes(b"nothing")
    events: list[str] = []
    state = StateFile.beside(file)

    async def run() -> Counter[tuple[str, str]]:
        fleet = _fleet(events, state)
        await fleet.start(first)
        with pytest.raises(ExperimentError, match="nothing to roll back to"):
            await fleet.rollback()
        load = Load(fleet)

        async def change() -> None:
            await fleet.apply(second)
            with pytest.raises(RunError, match=r"primary: .*model\.onnx"):
                await fleet.apply(Routes(primary=tiers[0].model_copy(update={"bundle": str(broken)})))
            assert fleet.routes == second
            await fleet.rollback()
            await asyncio.sleep(0.05)

        await load.during(change())
        assert fleet.routes == first
        assert (fleet.previous, fleet.swaps, fleet.is_lost) == (second, 3, False)
        assert await fleet.health() == {"primary": None}
        await fleet.close()
        return load.seen

    seen = asyncio.run(run())
    versions = {tuple(version for _, version in seen)}
    assert len(versions.pop()) == 2
    assert {tier for tier, _ in seen} == {"primary"}
    assert events.count("not_loaded") == 1
    assert state.read() == (first, second)


def test_what_is_loaded_is_not_loaded_again(exported: Exported, other: Exported, tmp_path: Path) -> None:
    events: list[str] = []
    primary = Tier(bundle=str(exported.path))
    canary = Canary(bundle=str(other.path), percent=5)

    async def run() -> None:
        fleet = _fleet(events)
        await fleet.start(Routes(primary=primary, canary=canary, unit="user_id"))
        wider = canary.model_copy(update={"percent": 20, "deadline_ms": 70})
        await fleet.apply(Routes(primary=primary, canary=wider, unit="user_id"))
        assert fleet.deployments["canary"].longest_seconds == 0.07
        pids = [model.pids for model in fleet.models]
        faster = Tier(bundle=str(exported.path), deadline_ms=30)
        await fleet.apply(Routes(primary=primary, fallback=faster, canary=wider, unit="user_id"))
        assert [model.pids for model in fleet.models] == pids  # one model in two tiers
        assert [step.deadline_seconds for step in fleet.steps(None)[0]] == [0.1, 0.03]
        assert fleet.deployments["fallback"].longest_seconds == 0.1
        await fleet.apply(Routes(primary=Tier(bundle=str(other.path)), fallback=primary, unit="user_id"))
        assert sorted(model.pids for model in fleet.models) == sorted(pids)
        assert fleet.started.bundle == fleet.deployments["primary"].version
        await fleet.close()

    asyncio.run(run())
    assert events.count("loading") == 2


def test_a_start_that_fails_leaves_no_process(exported: Exported, tmp_path: Path) -> None:
    events: list[str] = []
    fleet = _fleet(events)
    wrong = Routes(primary=Tier(bundle=str(exported.path)), fallback=Tier(bundle=str(tmp_path / "none")))
    with pytest.raises(RunError, match="fallback: "):
        asyncio.run(fleet.start(wrong))
    assert fleet.models == []
    with pytest.raises(RunError, match="no routes are in force"):
        _ = fleet.routes


def test_a_state_that_cannot_be_written_is_told(exported: Exported, tmp_path: Path) -> None:
    events: list[str] = []
    file = tmp_path / "routes.yaml"
    file.write_text("primary: {bundle: x}")
    fleet = _fleet(events, StateFile(file, file / "state.json"))

    async def run() -> None:
        await fleet.start(Routes(primary=Tier(bundle=str(exported.path))))
        await fleet.close()

    asyncio.run(run())
    assert "state_not_written" in events


def test_predictions_made_beforehand_change_with_the_routes(
    answerer: Answerer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tier = Tier(bundle="b")
    frame = pl.DataFrame({"user_id": [1], "item": ["a"], "click": [0.5]})
    scores = write_scores(tmp_path / "scores", frame, ["user_id", "item"])
    told: list[tuple[str, dict[str, Any]]] = []
    loads: list[tuple[Any, ...]] = []

    async def load(*asked: Any) -> BatchScores:
        loads.append(asked)
        out = tmp_path / f"out-{len(loads)}"
        out.mkdir()
        scores, unit, item, names = asked
        return BatchScores.open(out, build(scores, unit, item, names, out))

    monkeypatch.setattr(fleet_module, "load_scores", load)
    fleet = fleet_of(Routes(primary=tier), primary=deployment_of(tier, DirectPool(answerer)))
    fleet._tell = lambda event, **fields: told.append((event, fields))
    fleet._deployments = {"primary": (identity(tier, None, "user_id"), fleet.deployments["primary"])}
    batch = Batch(scores=str(scores), item="item", tasks={"click": "prefer"})
    routes = Routes(primary=tier, unit="user_id", batch=batch)
    asyncio.run(fleet.apply(routes))
    assert loads == [(scores, "user_id", "item", ["click"])]
    first = fleet.hybrid
    assert first is not None
    assert first.is_stale  # the table is of a fixed day
    event = next(fields for name, fields in told if name == "batch")
    assert (event["of_other_model"], event["is_stale"], event["pairs"]) == (True, True, 1)
    older = Batch(**{**dict(batch), "most_age_hours": 5000.0})
    asyncio.run(fleet.apply(Routes(primary=tier, unit="user_id", batch=older)))
    assert fleet.hybrid is not None
    assert (fleet.hybrid.scores, fleet.hybrid.settings, len(loads)) == (first.scores, older, 1)
    again = write_scores(tmp_path / "again", frame.with_columns(click=0.75), ["user_id", "item"])
    (again / "score.json").replace(scores / "score.json")
    with pytest.raises(RunError, match=r"batch: .*part-00000\.parquet' is not the file"):
        asyncio.run(fleet.apply(routes))
    assert fleet.hybrid.settings == older
    (again / "part-00000.parquet").replace(scores / "part-00000.parquet")
    asyncio.run(fleet.apply(routes))
    assert fleet.hybrid.scores.values(1, ["a"]).tolist() == [[0.75]]
    wrong = Batch(scores=str(scores), item="item", tasks={"clik": "prefer"})
    with pytest.raises(ExperimentError, match="did you mean 'click'"):
        asyncio.run(fleet.apply(Routes(primary=tier, unit="user_id", batch=wrong)))
    asyncio.run(fleet.apply(Routes(primary=tier, unit="user_id")))
    assert fleet.hybrid is None


def test_callers_always_get_the_same_tasks(answerer: Answerer) -> None:
    tier = Tier(bundle="b")
    now, same = (deployment_of(tier, DirectPool(answerer)) for _ in range(2))
    started = answerer.started.model_copy(update={"tasks": answerer.started.tasks[:1]})
    fewer = Deployment(tier, [], [started], {}, queue=1)
    fleet = fleet_of(Routes(primary=tier), primary=now)
    fleet._require_same_tasks({"primary": same, "canary": now})
    with pytest.raises(ExperimentError, match="canary should predict what the primary does"):
        fleet._require_same_tasks({"primary": same, "canary": fewer})
    with pytest.raises(ExperimentError, match=r"should predict what callers get now, .*; start another server"):
        fleet._require_same_tasks({"primary": fewer})
