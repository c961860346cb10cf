"""OpenAPI says what the server does: its own example is answered, and an answer has the keys that it names."""

import json

from starlette.testclient import TestClient

from taskfusion.serve.http.openapi import example, openapi
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.settings import ServedFeature, Started


def test_its_example_is_answered_with_what_it_says(answerer: Answerer, client: TestClient) -> None:
    found = client.get("/openapi.json").json()
    rank = found["paths"]["/v1/rank"]["post"]
    schema = rank["requestBody"]["content"]["application/json"]["schema"]
    answer = client.post("/v1/rank", json=schema["examples"][0])
    assert answer.status_code == 200
    said = rank["responses"]["200"]["content"]["application/json"]["schema"]
    assert set(answer.json()) == set(said["properties"])
    assert set(answer.json()["predictions"]) == set(said["properties"]["predictions"]["properties"])
    for path, methods in found["paths"].items():
        for method in methods:
            assert client.request(method, path).status_code not in (404, 405)


def test_ids_are_offered_where_there_is_a_catalogue(answerer: Answerer) -> None:
    def candidate(started: Started) -> str:
        return json.dumps(openapi("x", started)["paths"]["/v1/rank"]["post"]["requestBody"])

    assert "in the catalogue" in candidate(answerer.started)
    assert "in the catalogue" not in candidate(answerer.started.model_copy(update={"items": None}))
    assert set(example(answerer.started)["candidates"][0]) == {"item_id", "tags"}


def test_times_whole_numbers_and_numbers_have_their_bounds(answerer: Answerer) -> None:
    features = [
        ServedFeature(column="at", side="request", type="string", is_list=False, is_time=True),
        ServedFeature(column="ids", side="request", type="integer", is_list=True),
        ServedFeature(column="age", side="item", type="number", is_list=False),
        ServedFeature(column="year", side="item", type="number", is_list=False, is_whole=True),
    ]
    found = openapi("x", answerer.started.model_copy(update={"features": features}))
    schema = found["paths"]["/v1/rank"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    request = schema["properties"]["request"]["properties"]
    assert request["at"] == {"type": ["string", "null"], "format": "date-time"}
    assert request["ids"]["items"] == {"type": ["integer", "null"], "format": "int64"}
    (_, item) = schema["properties"]["candidates"]["items"]["anyOf"]
    assert item["properties"]["year"]["type"] == ["integer", "null"]
    assert item["properties"]["age"]["type"] == ["number", "boolean", "null"]


def test_every_route_of_a_model_is_there_for_its_version(answerer: Answerer) -> None:
    paths = openapi("x", answerer.started)["paths"]
    for way in ("", "/ready", "/infer"):
        assert paths[f"/v2/models/x{way}"] == paths[f"/v2/models/x/versions/{answerer.started.bundle}{way}"]
