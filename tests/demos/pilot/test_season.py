from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from demos.pilot import season
from demos.pilot.crowd import Crowd
from demos.pilot.season import Season
from demos.pilot.visit import Day
from taskfusion.datasets.simulate.settings import FeedSettings
from taskfusion.serve.decision.record import schema_of
from taskfusion.watch.read.decisions import Names, read_new

VISITS = 30


@pytest.fixture(scope="module")
def crowd() -> Crowd:
    settings = FeedSettings(rows=1_000, num_users=500, num_items=500, days=3)
    return Crowd(settings, date(2026, 3, 2), visits=VISITS, candidates=6)


@pytest.fixture
def folder(tmp_path: Path, crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a server that answers all of every day and logs it, the shadow's answers included."""
    (tmp_path / "decisions").mkdir()

    def answered(host: str, port: int, ids: list[str], bodies: list[bytes]) -> Day:
        rows = [row for one in ids for row in (_decision(one, "primary"), _decision(one, "shadow"))]
        table = pa.Table.from_pylist(rows, schema_of(["click"]))
        pq.write_table(table, tmp_path / "decisions" / f"decisions-{ids[0]}-1-0.parquet")
        return Day(np.tile(np.arange(3), (len(ids), 1)), Counter(primary=len(ids)))

    monkeypatch.setattr(season, "ask_all", answered)
    monkeypatch.setattr(season, "_PAUSE_SECONDS", 0.01)
    return tmp_path


def _decision(request: str, tier: str) -> dict[str, object]:
    lists = {"candidates": ["1", "2"], "order": [1, 0], "score": [0.1, 0.2], "prediction.click": [0.1, 0.2]}
    return {"id": request, "source": "s", "time": datetime.now(UTC), "tier": tier, "bundle": tier, **lists}


def test_a_day_leaves_both_logs(crowd: Crowd, folder: Path) -> None:
    lived = Season(crowd, folder, 8000)
    lived.live(1, folder / "log")
    lived.live(2, folder / "log")
    assert (lived.day, lived.visits) == (2, 2 * VISITS)
    outcomes = pl.read_parquet(folder / "outcomes")
    assert len(outcomes) == 2 * VISITS * 3
    assert sorted(set(outcomes["day"])) == [crowd.date(1), crowd.date(2)]
    pieces = list(read_new(folder / "log", {}, ["click"], Names(), Names()))
    assert sum(len(piece.minute_G) for piece in pieces) == 2 * 2 * VISITS
    minutes = {int(minute) for piece in pieces for minute in piece.minute_G.tolist()}
    assert minutes == {int(one.timestamp()) // 60 for one in outcomes["time"].to_list()}
    assert not list(folder.rglob(".*"))


def test_days_before_the_pilot_are_not_shipped(crowd: Crowd, folder: Path) -> None:
    lived = Season(crowd, folder, 8000)
    found = lived.live(0)
    assert not (folder / "log").exists()
    shown = lived.shown(0, found.order_VS)
    assert len(shown) == 3 * VISITS
    assert {"user_id", "item_tags", "item_age_days", "click", "long_view", "id"} <= set(shown.columns)
    assert shown.select("click").equals(pl.read_parquet(folder / "outcomes").select("click"))
