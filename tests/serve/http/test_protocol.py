"""The Open Inference Protocol, as an unmodified client of it speaks it, with JSON and with binary data."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from starlette.testclient import TestClient

from serve.serving import TABLE, Server, pool_of, service_of
from taskfusion.serve.http.app import public_app
from taskfusion.serve.scorer import Scorer
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.refusal import RefusedError

ROWS = TABLE[:3].with_columns(age=TABLE["age"][:3].fill_null(1.0))


def test_probes_and_metadata(client: TestClient) -> None:
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").json() == {"ready": True, "tiers": {"primary": "ready"}}
    assert client.get("/v2").json()["extensions"] == ["binary_tensor_data"]
    assert client.get("/v2/models/ranker/ready").status_code == 200
    found = client.get("/v2/models/ranker").json()
    assert [one["name"] for one in found["inputs"]] == ["user_id", "age", "history", "item_id", "tags"]
    assert [one["shape"] for one in found["outputs"]] == [[-1, 1], [-1, 1], [-1, 3]]
    for path in ("/v2/models/other", "/v2/models/other/ready"):
        assert client.get(path).status_code == 404
        assert "but 'ranker'" in client.get(path).json()["error"]


def test_a_version_is_the_fingerprint_of_the_bundle(client: TestClient, answerer: Answerer) -> None:
    found = client.get("/v2/models/ranker").json()
    assert found["versions"] == [answerer.started.bundle]
    versions = "/v2/models/ranker/versions"
    assert client.get(f"{versions}/{answerer.started.bundle}").json() == found
    assert client.get(f"{versions}/{answerer.started.bundle}/ready").status_code == 200
    for way in ("", "/ready"):
        answer = client.get(f"{versions}/1{way}")
        assert answer.status_code == 404
        assert answer.json()["error"] == f"there is no version '1' of 'ranker' here, but '{answerer.started.bundle}'"
    assert client.post(f"{versions}/1/infer", json={}).status_code == 404


def test_it_is_not_ready_while_nothing_scores_or_while_it_ends(answerer: Answerer) -> None:
    service = service_of(answerer)
    pool = pool_of(service)
    client = TestClient(public_app(service))
    pool.refused = RefusedError(503, "worker_lost", "it ended")
    assert client.get("/v2/health/ready").json() == {"ready": False, "tiers": {"primary": "it ended"}}
    pool.refused, service.is_draining = None, True
    assert client.get("/v2/health/ready").status_code == 503
    assert client.get("/v2/health/live").status_code == 200
    pool.is_lost = True
    assert client.get("/v2/health/live").status_code == 503


@pytest.mark.parametrize("binary", [True, False])
def test_an_unmodified_client_gets_the_predictions(binary: bool, server: Server, scorer: Scorer) -> None:
    triton = pytest.importorskip("tritonclient.http")
    with triton.InferenceServerClient(str(server.http.base_url).removeprefix("http://")) as client:
        assert client.is_server_live()
        assert client.is_server_ready()
        assert client.is_model_ready("ranker")
        assert client.get_server_metadata()["name"] == "taskfusion"
        described = {one["name"]: one for one in client.get_model_metadata("ranker")["inputs"]}
        inputs = []
        for name, one in described.items():
            values = _values(name, one["datatype"])
            tensor = triton.InferInput(name, list(values.shape), one["datatype"])
            tensor.set_data_from_numpy(values, binary_data=binary)
            inputs.append(tensor)
        outputs = [triton.InferRequestedOutput(name, binary_data=binary) for name in ("click", "reaction")]
        found = client.infer("ranker", inputs, outputs=outputs, request_id="9")
        everything = client.infer("ranker", inputs)
        version = found.get_response()["model_version"]
        assert client.is_model_ready("ranker", version)
        assert client.get_model_metadata("ranker", version)["versions"] == [version]
        of_the_version = client.infer("ranker", inputs, version, outputs=outputs)
        assert not client.is_model_ready("ranker", "1")
        with pytest.raises(triton.InferenceServerException, match="there is no version '1'"):
            client.infer("ranker", inputs, "1")
        with pytest.raises(triton.InferenceServerException, match="which the body lacks"):
            client.infer("ranker", inputs[:2])
    expected = scorer.score(ROWS.with_columns(history=pl.Series([["v1", "v2"]] * 3))).to_numpy()
    assert found.get_response()["id"] == "9"
    np.testing.assert_allclose(found.as_numpy("click"), expected[:, :1], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found.as_numpy("reaction"), expected[:, 2:], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(of_the_version.as_numpy("click"), found.as_numpy("click"))
    np.testing.assert_allclose(everything.as_numpy("seconds"), expected[:, 1:2], rtol=1e-5, atol=1e-6)


def _values(name: str, datatype: str) -> Any:
    if name == "history":
        return np.asarray([[b"v1", b"v2"]] * 3, dtype=object)
    kinds: dict[str, Any] = {"INT64": np.int64, "FP64": np.float64, "BYTES": object}
    values = ROWS[name].to_list()
    return np.asarray([one.encode() for one in values] if datatype == "BYTES" else values, dtype=kinds[datatype])
