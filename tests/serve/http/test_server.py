"""Whole servers, over real sockets: what they answer, what survives kill -9, and how they end."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import numpy as np

from serve.conftest import Exported
from serve.serving import ITEMS, REQUEST, TABLE, Server, started_server
from taskfusion.serve.scorer import Scorer

IDS = ITEMS["item_id"].to_list()


def test_a_request_is_ranked_as_the_scorer_scores_it(server: Server, exported: Exported) -> None:
    found = server.rank(candidates=IDS).json()
    table = Scorer.load(exported.path).score(ITEMS.join(TABLE[:1].drop("item_id", "tags"), how="cross"))
    np.testing.assert_allclose(found["score"], table["click"].to_numpy()[found["order"]], rtol=1e-5, atol=1e-6)
    assert found["bundle"] == server.said["bundle"]
    assert server.admin.get("/ready").status_code == 200
    assert "taskfusion_requests_total" in server.admin.get("/metrics").text


def test_a_killed_process_costs_no_caller_more_than_a_503(exported: Exported, items: Path) -> None:
    """Then the server ends by SIGTERM with exit code 0, which started_server asks of it."""
    with started_server(exported.path, "--items", items, "--queue", 8) as server:
        statuses, stop = set[int](), threading.Event()

        def load() -> None:
            with httpx.Client(base_url=server.http.base_url, timeout=30) as client:
                while not stop.is_set():
                    found = client.post("/v1/rank", json={"request": REQUEST, "candidates": IDS})
                    statuses.add(found.status_code)
                    if found.status_code != 200:
                        assert found.headers["retry-after"] == "1"
                        assert found.json()["error"]["code"] in ("lost", "overloaded", "open")

        threads = [threading.Thread(target=load) for _ in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        os.kill(server.worker, signal.SIGKILL)
        end = time.monotonic() + 30
        while 503 not in statuses and time.monotonic() < end:
            time.sleep(0.01)
        while server.http.get("/v2/health/ready").status_code != 200 and time.monotonic() < end:
            time.sleep(0.05)
        assert server.rank().status_code == 200
        stop.set()
        for thread in threads:
            thread.join()
        assert statuses == {200, 503}
        assert "taskfusion_worker_restarts_total 1.0" in server.admin.get("/metrics").text
        assert server.http.get("/v2/health/live").status_code == 200


def test_requests_in_flight_are_answered_when_it_ends(exported: Exported) -> None:
    with started_server(exported.path) as server:
        found: list[int] = []
        body = {"request": REQUEST, "candidates": ITEMS.rows(named=True)}

        def ask() -> None:
            with httpx.Client(base_url=server.http.base_url, timeout=30) as client:
                found.append(client.post("/v1/rank", json=body).status_code)

        os.kill(server.worker, signal.SIGSTOP)
        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        while server.admin.get("/v1/routes").json()["tiers"]["primary"]["waiting"] < len(threads):
            time.sleep(0.01)
        os.kill(server.process.pid, signal.SIGTERM)
        time.sleep(0.3)
        os.kill(server.worker, signal.SIGCONT)
        for thread in threads:
            thread.join()
        assert found == [200] * 4


def test_the_server_loads_neither_torch_nor_polars() -> None:
    code = (
        "import sys; import taskfusion.serve.http.server; "
        "print(*(n for n in ('torch', 'polars', 'onnxruntime', 'scipy') if n in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
