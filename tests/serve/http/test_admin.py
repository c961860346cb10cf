"""Operators see and change models over the admin port; nobody else does."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from serve.conftest import Exported
from serve.serving import admin_of, service_of, started_server
from taskfusion.config.routes import Tier
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
