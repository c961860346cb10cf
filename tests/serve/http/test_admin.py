"""Operators see and change models over the admin port; nobody else does."""

import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from serve.conftest import Exported
from serve.serving import ITEMS, REQUEST, Server, admin_of, service_of, started_server
from taskfusion.config.routes import Tier
from taskfusion.serve.batch.score import score_table
from taskfusion.serve.worker.answerer import Answerer

ROUTES = {"primary": {"bundle": "other"}}


def test_models_are_shown(answerer: Answerer) -> None:
    found = admin_of(service_of(answerer)).get("/v1/routes").json()
    assert found["routes"]["primary"] == {"bundle": "bundle", "deadline_ms": 5000.0}
    assert found["tiers"]["primary"]["version"] == answerer.started.bundle
    assert found["tiers"]["primary"]["breaker"] == "closed"
    assert (found["previous"], found["swaps"]) == (False, 0)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("PUT", "/v1/routes", [], 422, "should be a JSON object"),
        ("PUT", "/v1/routes", {"primary": {"bundl": "x"}}, 422, "did you mean"),
        ("PUT", "/v1/routes", {"primary": {"bundle": "/nothing/there"}}, 409, "what was in force still is"),
        ("PUT", "/v1/routes", {**ROUTES, "decisions": {}}, 422, "decision log of a running server cannot change"),
        ("PATCH", "/v1/canary", {"percent": 5}, 422, "there is no canary"),
        ("POST", "/v1/rollback", None, 422, "nothing to roll back to"),
    ],
)
def test_what_cannot_be_done_is_told(
    answerer: Answerer, method: str, path: str, body: Any, status: int, message: str
) -> None:
    service = service_of(answerer)
    found = admin_of(service).request(method, path, json=body)
    assert (found.status_code, message in found.json()["error"]["message"]) == (status, True), found.text
    assert service.fleet.routes.primary == Tier(bundle="bundle", deadline_ms=5000)


def test_changes_ask_for_a_token_where_others_could_make_them(answerer: Answerer) -> None:
    open_to_all = admin_of(service_of(answerer, host="0.0.0.0"))
    found = open_to_all.put("/v1/routes", json=ROUTES)
    assert (found.status_code, found.json()["error"]["code"]) == (403, "no_token")
    assert open_to_all.get("/v1/routes").status_code == 200
    guarded = admin_of(service_of(answerer, b"a-token-of-16-characters", host="0.0.0.0"))
    assert guarded.get("/v1/routes").status_code == 401
    assert guarded.get("/metrics").status_code == 200


def test_a_server_changes_its_models(exported: Exported, other: Exported, tmp_path: Path) -> None:
    """By a file of routes at first, then over the admin port; killed, it comes back with what was in force."""
    for name, one in (("one", exported), ("two", other)):
        shutil.copytree(one.path, tmp_path / name)
    file = tmp_path / "routes.yaml"
    file.write_text(
        "primary: {bundle: one, deadline_ms: 5000}\nfallback: {bundle: two}\nunit: user_id\ndecisions: {}\n"
    )
    canary = {"bundle": "two", "percent": 0, "deadline_ms": 5000}
    with started_server(file) as server:
        first = server.said["tiers"]["primary"]
        wanted = {"primary": {"bundle": "one", "deadline_ms": 5000}, "canary": canary, "unit": "user_id"}
        assert server.admin.put("/v1/routes", json=wanted).status_code == 200
        assert server.raw().json()["tier"] == "primary"
        assert server.admin.patch("/v1/canary", json={"percent": 100}).status_code == 200
        found = server.raw().json()
        assert (found["tier"], found["arm"]) == ("canary", "canary")
        assert found["bundle"] != first
        wrong = server.admin.patch("/v1/canary", json={"percent": 101})
        assert (wrong.status_code, "at most 100" in wrong.text) == (422, True)
    with started_server(file) as server:
        assert server.raw().json()["tier"] == "canary"
        assert server.admin.post("/v1/rollback").json()["routes"]["canary"].get("percent", 0) == 0
        assert server.raw().json()["tier"] == "primary"


def _clicks(server: Server, **more: Any) -> tuple[dict[str, Any], dict[str, float]]:
    """An answer for all items, and its predictions of clicks by item."""
    ids = ITEMS["item_id"].to_list()
    found = server.rank(candidates=ids, **more).json()
    return found, {
        ids[place]: click for place, click in zip(found["order"], found["predictions"]["click"], strict=True)
    }


def test_a_table_that_was_scored_is_served(exported: Exported, other: Exported, items: Path, tmp_path: Path) -> None:
    """From taskfusion score to the answer, with another model's scores; older ones are not used; a new table comes in
    by the admin port; and where the model is lost, the table answers.
    """
    some = ITEMS.head(12).join(pl.DataFrame({**{name: [REQUEST[name]] for name in REQUEST}}), how="cross")
    some.write_parquet(tmp_path / "pairs.parquet")
    (tmp_path / "two").mkdir()
    for out, bundle in (("one", exported), ("two/scores", other)):
        score_table(bundle.path, tmp_path / "pairs.parquet", tmp_path / out)
    primary = {"bundle": str(exported.path), "items": str(items), "deadline_ms": 5000}
    batch = {"scores": "one", "item": "item_id", "tasks": {"click": "prefer", "reaction": "fallback"}}
    routes = {"primary": primary, "batch": batch, "unit": "user_id"}
    file = tmp_path / "routes.yaml"
    file.write_text(json.dumps(routes))
    with started_server(file) as server:
        _, same = _clicks(server)
        new = routes | {"batch": batch | {"scores": "two/scores"}}
        said = server.admin.put("/v1/routes", json=new).json()
        assert said["batch"]["pairs"] == 12, said
        found, clicks = _clicks(server)
        table = pl.read_parquet(tmp_path / "two" / "scores" / "*.parquet")
        expected = same | dict(table.select("item_id", "click").iter_rows())
        assert clicks == pytest.approx(expected, rel=1e-6)
        assert sum(clicks[one] != pytest.approx(same[one], rel=1e-6) for one in clicks) == 12
        assert found["score"] == sorted(clicks.values(), reverse=True)
        assert found["sources"]["click"] == {"batch": 12, "online": 8}
        assert found["sources"]["reaction"] == {"online": 20}
        assert found["batch"]["bundle"] != found["bundle"]
        assert _clicks(server, top=3)[0]["order"] == found["order"][:3]
        metrics = server.admin.get("/metrics").text
        assert 'taskfusion_predictions_total{source="batch",task="click"} 36.0' in metrics
        assert "taskfusion_batch_age_seconds" in metrics
        old = routes | {"batch": batch | {"most_age_hours": 1e-7}}
        assert server.admin.put("/v1/routes", json=old).json()["batch"]["is_stale"]
        found, clicks = _clicks(server)
        assert (found["batch"]["is_stale"], found["sources"]["click"]) == (True, {"online": 20})
        assert clicks == pytest.approx(same, rel=1e-6)
        assert server.admin.put("/v1/routes", json=new).status_code == 200
        os.kill(server.worker, signal.SIGKILL)
        found = _clicks(server)[0]
        assert (found["tier"], found["reason"]) == ("batch", "lost")
        assert found["sources"]["reaction"] == {"batch": 12, "prior": 8}
