"""Requests over HTTP: frames are what they are called, and a few of them go through a server."""

from pathlib import Path
from random import Random

from benchmarks.malformed.bodies import Body
from benchmarks.malformed.over_http import framed, run, wrong_frames
from benchmarks.malformed.world import World
from benchmarks.serving import Process
from serve.conftest import Exported
from serve.serving import ITEMS, TABLE, started_server
from taskfusion.serve.worker.message import Kind
from taskfusion.serve.worker.settings import WorkerSettings


def test_frames_are_right_or_wrong() -> None:
    one = Body(Kind.INFER, 2, b"{}xy", False)
    assert framed(one) == (
        b"POST /v2/models/ranker/infer HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n"
        b"inference-header-content-length: 2\r\n\r\n{}xy"
    )
    found = {wrong_frames(one, Random(number)) for number in range(300)}
    assert len(found) > 60
    assert framed(one) not in found


def test_a_server_stands_a_few(exported: Exported, tmp_path: Path) -> None:
    items = tmp_path / "items.parquet"
    ITEMS.write_parquet(items)
    rows = TABLE.drop("click", "seconds", "reaction", "time").rows(named=True)
    world = World(
        WorkerSettings(bundle=""), "item_id", True, ("user_id", "age", "history"), ("item_id", "tags"), (), rows
    )
    with started_server(exported.path, "--items", items) as server:
        process = Process(server.said["port"], (server.process.pid, server.worker), 0.0)
        found = run(world, process, 150, slow=0)
    assert found.wrong == {}
    assert found.same_processes
    assert set(found.statuses) >= {0, 200, 400, 422}
