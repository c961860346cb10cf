"""From an alarm to 0 % of the traffic, on a real server: once, and on delays that are too long."""

import asyncio
import json
from pathlib import Path

import pytest

from benchmarks.__main__ import DOCS
from benchmarks.failsafe.server import running
from benchmarks.load import post
from benchmarks.watch_to_zero import LIMIT_SECONDS, Delay, Field, repeat, table
from serve.conftest import Exported
from serve.serving import ITEMS, REQUEST


def test_an_alarm_pulls_the_canary_of_a_real_server_to_zero(exported: Exported, tmp_path: Path) -> None:
    ITEMS.write_parquet(tmp_path / "items.parquet")
    items = ITEMS["item_id"].to_list()
    bodies = [
        post("/v1/rank", json.dumps({"request": REQUEST | {"user": f"u{number}"}, "candidates": items}).encode())
        for number in range(50)
    ]
    tier = {"bundle": str(exported.path), "items": str(tmp_path / "items.parquet"), "deadline_ms": 5000}

    async def once() -> Delay:
        async with running(tmp_path / "server", {"primary": tier, "unit": "user"}) as server:
            return await repeat(Field(tmp_path, server, tier, bodies, "user"), 0)

    found = asyncio.run(once())
    assert found.answers > 0
    assert found.failed == 0
    assert found.answer_seconds < LIMIT_SECONDS


def test_a_delay_that_is_too_long_stops_it() -> None:
    assert table([Delay(0.5, 0.6, 100, 0)] * 3).splitlines()[-1].startswith("| 3 | 300 | 0 | 0.50 | 0.50 | 0.50 | 0.60")
    with pytest.raises(RuntimeError, match=r"within 2 s, but came after 2\.50 s"):
        table([Delay(2.5, 2.6, 100, 0)])


def test_the_page_has_its_marks_and_its_command() -> None:
    text = (DOCS / "watch.md").read_text(encoding="utf-8")
    assert text.count("<!-- watch-to-zero -->\n") == text.count("<!-- end of watch-to-zero -->") == 1
    assert "`python -m benchmarks.watch_to_zero --write`" in text
