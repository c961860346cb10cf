"""What outcomes say of a stage."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pilot.decided import decisions, write_decisions
from pilot.logs import charter, kpi
from pilot.worlds import START, world
from taskfusion.config.charter import Charter
from taskfusion.config.ramp import Ramp, Stage
from taskfusion.config.routes import Tier
from taskfusion.pilot.assign import TREATMENT, arm_column
from taskfusion.pilot.ramp.outcomes import OutcomeJudge
from taskfusion.run.record.pilot_memo import PilotMemo

CHARTER = charter(percent=50, looks=2)
KPIS = {"click": kpi("click"), "watch": kpi("watch", "deterioration")}
STAGES = tuple(Stage(percent=percent, hours=48) for percent in ("shadow", 20, 50, 100))


class Judged:
    """A judge of a log, and the memos that it gave."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "log.parquet"
        self.memos: list[tuple[int, PilotMemo]] = []
        self.watch(CHARTER)

    def watch(self, content: Charter) -> None:
        ramp = Ramp(charter="c", candidate=Tier(bundle="b"), stages=STAGES, outcomes=str(self.path), missing_hours=6)
        self.judge = OutcomeJudge(ramp, content, KPIS, lambda stage, memo: self.memos.append((stage, memo)))

    def write(self, days: int, **more: Any) -> None:
        world(CHARTER, 3000, days, **more).write_parquet(self.path)

    def of(self, stage: int, first: date = START, hours: float = 50) -> tuple[str, str]:
        now = datetime(START.year, START.month, START.day, tzinfo=UTC) + timedelta(hours=hours)
        found = self.judge.judge(stage, first, now)
        assert found is not None
        return found.outcome, found.reasons[0].kind


@pytest.fixture
def judged(tmp_path: Path) -> Judged:
    return Judged(tmp_path)


def test_stages_without_a_control_are_not_judged(judged: Judged) -> None:
    for stage in (0, 3):
        assert judged.judge.judge(stage, START, datetime(2026, 3, 9, tzinfo=UTC)) is None


def test_a_stage_succeeds_when_its_days_are_there_without_harm(judged: Judged) -> None:
    judged.write(1)
    assert judged.of(1) == ("running", "outcomes awaited")
    judged.write(2)
    assert judged.of(1) == ("success", "no harm")
    assert [stage for stage, _ in judged.memos] == [1, 1]
    judged.of(1)
    assert len(judged.memos) == 2
    memo = judged.memos[-1][1]
    assert (memo.percent, memo.days, memo.first, memo.alpha) == (20, 2, START, CHARTER.alpha)


def test_the_last_stage_with_a_control_asks_for_a_proven_success(judged: Judged) -> None:
    judged.write(2)
    assert judged.of(2) == ("inconclusive", "not proven")
    judged.write(2, lift=0.6)
    assert judged.of(2) == ("success", "proven")
    assert judged.memos[-1][1].alpha == CHARTER.alpha


def test_harm_is_a_failure_at_any_time(judged: Judged) -> None:
    judged.write(1, watch=-0.7)
    assert judged.of(2) == ("failure", "kpi worse")


def test_arms_that_are_uneven_prove_nothing(judged: Judged) -> None:
    uneven = world(CHARTER, 3000, 2).filter(pl.col("user").is_in(_with_few_of_control()))
    uneven.write_parquet(judged.path)
    assert judged.of(1) == ("inconclusive", "arms uneven")


@pytest.mark.parametrize("is_late", [True, False])
def test_units_that_the_other_arm_answered_prove_nothing(judged: Judged, tmp_path: Path, is_late: bool) -> None:
    """From the first day on, or from the second one on, as where somebody changes the share by hand."""
    stage, came = charter(percent=20), dict.fromkeys(range(3000), START)
    table = decisions(stage, came, swapped=frozenset(range(100)))
    if is_late:
        is_first = pl.col("time").dt.date() == START
        table = pl.concat([decisions(stage, came).filter(is_first), table.filter(~is_first)])
    judged.watch(charter(percent=50, looks=2, decisions=write_decisions(tmp_path / "decisions", table)))
    judged.write(2)
    assert judged.of(1) == ("inconclusive", "units misplaced")
    memo = judged.memos[-1][1]
    assert memo.reasons[0].kind == ("share changed" if is_late else "misplaced")


def _with_few_of_control() -> list[int]:
    arms = arm_column(pl.Series("user", range(3000)), CHARTER)
    return [unit for unit, arm in enumerate(arms) if arm == TREATMENT or unit % 20 == 0]


def test_a_kpi_that_never_happens_is_inconclusive(judged: Judged) -> None:
    world(CHARTER, 3000, 2).with_columns(watch=pl.lit(0.0)).write_parquet(judged.path)
    assert judged.of(1) == ("inconclusive", "kpi unknown")


def test_outcomes_that_do_not_come_are_missing(judged: Judged) -> None:
    assert judged.of(1) == ("missing", "outcomes missing")
    judged.write(1)
    later = START + timedelta(days=1)
    assert judged.of(1, later, hours=54) == ("running", "outcomes awaited")
    assert judged.of(1, later, hours=55) == ("missing", "outcomes late")
    judged.path.write_bytes(b"no table")
    assert judged.of(1) == ("missing", "outcomes missing")


def test_a_stage_begins_with_the_first_day_that_is_all_its_own(judged: Judged) -> None:
    now = datetime(2026, 3, 9, 12, tzinfo=UTC)
    assert judged.judge.first_day(now) == date(2026, 3, 10)
    judged.write(5)
    assert judged.judge.first_day(now) == START + timedelta(days=5)
    assert judged.judge.first_day(now + timedelta(days=30)) == date(2026, 4, 9)


def test_a_later_stage_takes_no_history_into_account(judged: Judged) -> None:
    judged.write(2)
    judged.of(1)
    judged.of(2)
    (_, first), (_, second) = judged.memos
    assert first.kpis[0].control != second.kpis[0].control
