"""Both applications: paths that are not there are told in the same words."""

from starlette.testclient import TestClient

from serve.serving import admin_of, service_of
from taskfusion.serve.worker.answerer import Answerer


def test_unknown_paths_and_methods_are_told(client: TestClient, answerer: Answerer) -> None:
    admin = admin_of(service_of(answerer))
    for one in (client, admin):
        found = one.get("/nothing")
        assert (found.status_code, found.json()["error"]["code"]) == (404, "not_found")
    found = client.get("/v1/rank")
    assert (found.status_code, found.json()["error"]["code"]) == (405, "method_not_allowed")


def test_a_ranking_request_takes_the_short_way_and_others_do_not(client: TestClient) -> None:
    assert client.post("/v1/rank", content=b"{").status_code == 400
    for method in ("PUT", "DELETE"):
        found = client.request(method, "/v1/rank")
        assert (found.status_code, found.json()["error"]["code"]) == (405, "method_not_allowed")
    found = client.post("/v1/rank/", content=b"{", follow_redirects=False)
    assert (found.status_code, found.headers["location"]) == (307, "http://testserver/v1/rank")


def test_operators_have_probes_and_metrics_which_callers_have_not(client: TestClient, answerer: Answerer) -> None:
    admin = admin_of(service_of(answerer))
    assert admin.get("/live").status_code == admin.get("/ready").status_code == 200
    assert "taskfusion_info" in admin.get("/metrics").text
    assert client.get("/metrics").status_code == 404
    assert admin.post("/v1/rank").status_code == 404


def test_another_method_is_told_which_are_taken(client: TestClient) -> None:
    found = client.put("/v2/models/ranker/infer")
    assert (found.status_code, found.headers["allow"]) == (405, "POST")
    assert found.json()["error"]["code"] == "method_not_allowed"
