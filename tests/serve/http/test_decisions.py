"""What callers were answered is what the decision log says, and a log that cannot be written costs no answer."""

import asyncio
import errno
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from starlette.testclient import TestClient

from serve.conftest import Exported
from serve.serving import ITEMS, REQUEST, DirectPool, admin_of, deployment_of, fleet_of, started_server
from taskfusion.base.bucket import bucket
from taskfusion.config.decisions import DecisionSettings
from taskfusion.config.routes import Routes, Tier
from taskfusion.serve.decision.columns import hashed
from taskfusion.serve.decision.read import read_decisions
from taskfusion.serve.decision.stream import OpenStream
from taskfusion.serve.decision.summary import summary
from taskfusion.serve.http.app import public_app
from taskfusion.serve.http.decisions import Recorder, decision_of
from taskfusion.serve.http.log import Log
from taskfusion.serve.http.metrics import Metrics
from taskfusion.serve.http.service import Service
from taskfusion.serve.http.settings import ServeSettings
from taskfusion.serve.router.dispatch import Answered, Dispatch
from taskfusion.serve.router.hybrid import Sources
from taskfusion.serve.router.router import Answer
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.message import Reply
from taskfusion.serve.worker.refusal import RefusedError

TIER = Tier(bundle="b", deadline_ms=5000)
IDS = ITEMS["item_id"].to_list()


class Logged:
    """A server in this process that logs.

    Args:
        pool: that scores.
        settings: of the log.
    """

    def __init__(self, pool: DirectPool, **settings: Any) -> None:
        self.events = io.BytesIO()
        log, routes = Log(self.events), Routes(primary=TIER, unit="user_id")
        self.recorder = Recorder(DecisionSettings(**settings), "here", log)
        dispatch = Dispatch(fleet_of(routes, primary=deployment_of(TIER, pool)), 100, self.recorder)
        self.service = Service(ServeSettings(routes), dispatch, Metrics(self.recorder.counts), log)
        self.client = TestClient(public_app(self.service))

    def ask(self, name: str, **body: Any) -> Any:
        content = {"request": REQUEST, "candidates": ["v1", "v2"], **body}
        return self.client.post("/v1/rank", json=content, headers={"x-request-id": name}).json()

    def metrics(self) -> str:
        found: str = admin_of(self.service).get("/metrics").text
        return found

    def told(self) -> list[str]:
        return [json.loads(line)["message"] for line in self.events.getvalue().splitlines()]


def test_a_server_with_a_canary_logs_what_it_answers(
    exported: Exported, other: Exported, items: Path, tmp_path: Path
) -> None:
    """Fifty requests, some for the first few alone; each answer is in the log as it was given, and the shadow's too."""
    file, bundle, table = tmp_path / "routes.yaml", json.dumps(str(exported.path)), json.dumps(str(items))
    file.write_text(
        f"""
primary: {{bundle: {bundle}, items: {table}, deadline_ms: 5000}}
canary: {{bundle: {json.dumps(str(other.path))}, items: {table}, deadline_ms: 5000, percent: 40, salt: s}}
shadow: {{bundle: {bundle}, items: {table}, deadline_ms: 5000}}
unit: user_id
decisions: {{salt: a secret, batch_seconds: 0.1}}
"""
    )
    answers = {}
    with started_server(file) as server:
        for number in range(50):
            body: dict[str, Any] = {"request": {**REQUEST, "user_id": number}, "candidates": IDS[number % 10 :]}
            body |= {"top": 3} if number % 5 == 0 else {}
            found = server.http.post("/v1/rank", json=body, headers={"x-request-id": f"r{number}"})
            answers[f"r{number}"] = (number, found.json())
        assert server.rank(candidates="no list").status_code == 422
        assert "decisions" not in server.admin.get("/v1/routes").json()["routes"]
        assert 'taskfusion_decisions_total{outcome="dropped"} 0.0' in server.admin.get("/metrics").text
    log = read_decisions(tmp_path / "decisions")
    assert [path.suffix for path in (tmp_path / "decisions").iterdir()] == [".parquet"]
    rows = {row["id"]: row for row in log.filter(pl.col("tier") != "shadow").collect().rows(named=True)}
    assert rows.keys() == answers.keys()
    for name, (number, answer) in answers.items():
        row = rows[name]
        in_canary = bucket(str(number), "s") < 0.4
        assert (row["tier"], row["arm"]) == (("canary", "canary") if in_canary else ("primary", "primary"))
        assert (answer["tier"], row["bundle"], row["reason"]) == (row["tier"], answer["bundle"], None)
        assert row["unit"] == hashed(str(number), "a secret")
        assert row["candidates"] == IDS[number % 10 :]
        assert row["order"] == answer["order"]
        for column, given in {"score": answer["score"], **_columns(answer["predictions"])}.items():
            logged = np.asarray(row[column], np.float32)[row["order"]]
            np.testing.assert_array_equal(logged, np.asarray(given, np.float32))
    shadows = log.filter(tier="shadow").collect()
    assert set(shadows["id"]) <= answers.keys()
    assert len(shadows) > 25
    same = log.filter(tier="primary").collect().join(shadows, on="id")
    assert same["score"].equals(same["score_right"], check_names=False)
    counted = {(group.tier, group.arm): group.decisions for group in summary(log).groups if group.tier != "shadow"}
    num_canary = sum(row["tier"] == "canary" for row in rows.values())
    assert counted == {("primary", "primary"): 50 - num_canary, ("canary", "canary"): num_canary}


def _columns(predictions: dict[str, list[float]]) -> dict[str, list[float]]:
    return {f"prediction.{name}": given for name, given in predictions.items()}


def test_what_priors_answered_is_logged_and_what_was_refused_is_not(answerer: Answerer, tmp_path: Path) -> None:
    server = Logged(DirectPool(answerer, refused=RefusedError(503, "worker_lost", "it ended")), directory=str(tmp_path))
    given = server.ask("a")
    assert server.ask("b", top=0)["error"]["code"] == "unusable"
    server.recorder.close()
    (row,) = read_decisions(tmp_path).collect().rows(named=True)
    assert (row["id"], row["tier"], row["reason"], row["bundle"]) == ("a", "last_resort", "lost", "prior")
    assert (row["model_seconds"], row["candidates"], row["order"]) == (None, ["v1", "v2"], [0, 1])
    assert row["unit"] == str(REQUEST["user_id"])
    assert row["prediction.click"] == pytest.approx(given["predictions"]["click"])


def test_a_sample_is_chosen_by_the_ids_of_requests(answerer: Answerer, tmp_path: Path) -> None:
    server = Logged(DirectPool(answerer), directory=str(tmp_path), sample=0.5)
    names = [str(number) for number in range(40)]
    for name in names:
        server.ask(name)
    server.recorder.close()
    found = set(read_decisions(tmp_path).collect()["id"])
    assert 0 < len(found) < 40
    assert found == {name for name in names if bucket(name, "decision log") < 0.5}


def test_a_full_disk_costs_no_answer_and_is_told_once(
    answerer: Answerer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(stream: OpenStream, batch: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    server = Logged(DirectPool(answerer), directory=str(tmp_path), batch_rows=1)
    with monkeypatch.context() as patch:
        patch.setattr(OpenStream, "write", full)
        for number in range(20):
            assert server.ask(str(number))["tier"] == "primary"
        while server.recorder.counts.lost < 20:
            asyncio.run(asyncio.sleep(0.001))
        for _ in range(1000):  # the last one is removed after it is counted
            if not list(tmp_path.glob("decisions-*")):
                break
            asyncio.run(asyncio.sleep(0.001))
        assert list(tmp_path.glob("decisions-*")) == []
    server.ask("last")
    while not server.recorder.counts.written:
        asyncio.run(asyncio.sleep(0.001))
    assert 'taskfusion_decisions_total{outcome="dropped"} 20.0' in server.metrics()
    assert 'taskfusion_decisions_total{outcome="written"} 1.0' in server.metrics()
    assert len(server.told()) == 1
    server.recorder.close()
    assert len(server.told()) <= 2  # how many were lost since, at the end
    assert "No space left on device" in server.told()[0]
    assert read_decisions(tmp_path).collect()["id"].to_list() == ["last"]


@pytest.mark.parametrize(
    "counts", [{"click": {"batch": 1, "online": 1}, "like": {"online": 2}}, {"click": {"online": 2}}]
)
def test_what_came_from_a_batch_is_logged(counts: dict[str, dict[str, int]]) -> None:
    sources = Sources(counts, "b", 5400.0, is_stale=False)
    reply = Reply(1, 200, 2, 0.25, b"{}scored")
    found = {
        tier: decision_of(Answered("id", 2.0, 0.5, Answer(reply, tier, "v", None, ("click", "like")), None, sources))
        for tier in ("primary", "batch")
    }
    came = len(counts) == 2
    for one in found.values():
        assert (one.batch_age_hours, one.batch_tasks) == ((1.5, ("click",)) if came else (None, None))
        assert (one.scored, one.time_us) == (b"scored", 2_000_000)
    assert (found["primary"].model_seconds, found["batch"].model_seconds) == (0.25, None)
