"""A watch looks until it is told to stop."""

import os
import signal
import socket
from pathlib import Path
from threading import Timer
from urllib.request import urlopen

import pytest

from taskfusion.base.errors import RunError
from taskfusion.cli.watched import watched_model, watching
from taskfusion.config.derive import derive
from taskfusion.config.watch import read_watch
from watch.worlds import World


def test_a_watch_ends_when_it_is_told_to_and_has_counted(tmp_path: Path) -> None:
    world = World(tmp_path)
    settings, kpis = read_watch(world.begin())
    world.hours(0, 1, 20)
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    pages: list[bytes] = []

    def end() -> None:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            pages.append(answer.read())
        os.kill(os.getpid(), signal.SIGTERM)

    timer = Timer(1.0, end)
    try:
        timer.start()
        found = watching(derive(settings, check_seconds=0.1, metrics_port=port), kpis, once=False)
    finally:
        timer.join()
        for number, handler in zip((signal.SIGTERM, signal.SIGINT), before, strict=True):
            signal.signal(number, handler)
    assert found.decisions == 20
    assert b"\ntaskfusion_watch_written_timestamp_seconds 1." in pages[0]


def test_a_directory_that_is_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="nothing"):
        watched_model(tmp_path / "nothing", None, tmp_path / "table.parquet")
