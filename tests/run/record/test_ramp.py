"""ramp.json and the journal: strict in every place."""

from datetime import UTC, datetime
from pathlib import Path

from artifacts import require_strict
from ramp_records import record
from taskfusion.config.routes import Routes, Tier
from taskfusion.run.record.ramp import JournalLine, RampPlan


def test_anything_else_is_refused_in_every_place(tmp_path: Path) -> None:
    require_strict(tmp_path / "ramp.json", record())


def test_a_line_survives_json() -> None:
    plan = RampPlan(name="p", candidate=Tier(bundle="/new"), stages=["shadow"], percents=[0.0], holdback=1.0)
    routes = Routes(primary=Tier(bundles=("/a", "/b")))
    line = JournalLine(time=datetime(2026, 11, 2, tzinfo=UTC), event="begun", stage=-1, plan=plan, routes=routes)
    assert JournalLine.model_validate_json(line.model_dump_json(exclude_defaults=True)) == line
