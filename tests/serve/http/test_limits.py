"""Tokens, and bodies that are too large."""

from pathlib import Path
from typing import Any

import pytest

from serve.serving import client_of
from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.serve.http.limits import read_token
from taskfusion.serve.worker.answerer import Answerer

TOKEN = b"0123456789abcdef"


def test_a_token_is_the_first_line_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_bytes(TOKEN + b" \nmore")
    assert read_token(path) == TOKEN
    path.write_bytes(b"short")
    with pytest.raises(ExperimentError, match="16 characters and more, found 5"):
        read_token(path)
    with pytest.raises(RunError, match="nothing"):
        read_token(tmp_path / "nothing")


def test_callers_have_to_know_the_token_but_probes_do_not(answerer: Answerer) -> None:
    client = client_of(answerer, TOKEN)
    body: dict[str, Any] = {"request": {}, "candidates": []}
    for headers in (
        {},
        {"Authorization": "Bearer x"},
        {"Authorization": "bearer é"},
        {"Authorization": TOKEN.decode()},
    ):
        found = client.post("/v1/rank", json=body, headers={k: v.encode() for k, v in headers.items()})
        assert (found.status_code, found.json()["error"]["code"]) == (401, "unauthorized")
        assert found.headers["www-authenticate"] == "Bearer"
    assert client.post("/v2/models/ranker/infer", json={}).status_code == 401
    right = {"Authorization": f"Bearer {TOKEN.decode()}"}
    assert client.post("/v1/rank", json=body, headers=right).status_code == 422
    assert client.get("/v2/health/ready").status_code == 200


@pytest.mark.parametrize("declared", [True, False])
def test_bodies_that_are_too_large_are_refused(declared: bool, answerer: Answerer) -> None:
    client = client_of(answerer, most_bytes=100)
    content = b"x" * 101 if declared else iter([b"x" * 60, b"x" * 60])
    found = client.post("/v1/rank", content=content)
    assert (found.status_code, found.json()["error"]["code"]) == (413, "too_large")
    assert "at most 100 bytes" in found.json()["error"]["message"]
    assert client.post("/v1/rank", content=b"x" * 100).status_code == 400


@pytest.mark.parametrize("length", ["x", "-1", "0", "٣", "9" * 30])
def test_a_length_of_json_is_a_number(length: str, answerer: Answerer) -> None:
    headers = {"inference-header-content-length": length.encode()}
    found = client_of(answerer).post("/v2/models/ranker/infer", content=b"{}", headers=headers)
    assert found.status_code == 400
