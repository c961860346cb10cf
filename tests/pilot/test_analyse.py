"""Pilots whose effects are known: what is shown, what is not yet, and what is done."""

from datetime import UTC, datetime, time
from math import exp
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from pilot.decided import decisions, write_decisions
from pilot.logs import charter, kpi
from pilot.worlds import START, day, world
from taskfusion.base.errors import DataError, ExperimentError
from taskfusion.config.charter import Charter
from taskfusion.config.derive import derive
from taskfusion.pilot.analyse import analyse, guard_finding, log_loss, look_days
from taskfusion.pilot.assign import TREATMENT, arm_column
from taskfusion.run.record.pilot_memo import PilotMemo

KPIS = {"click": kpi("click"), "watch": kpi("watch", "guardrail", least_effect=0.1)}


def _charter(**more: Any) -> Charter:
    return charter(**{"percent": 50, "start": START, **more})


def _memo(days: int = 14, *, units: int = 6000, seed: int = 4, kpis: Any = KPIS, **effects: float) -> PilotMemo:
    return analyse(_charter(), kpis, world(_charter(), units, days, seed=seed, **effects).lazy(), "log")


def test_a_large_gain_ships_before_the_end() -> None:
    memo = _memo(8, lift=0.2)
    assert (memo.action, memo.day, memo.days) == ("ship", 8, 14)
    assert [look.day for look in memo.kpis[0].looks] == [4, 7]
    effect = memo.kpis[0].effect
    assert effect is not None
    assert effect.lower < 0.2 < effect.upper
    adjusted = memo.kpis[0].adjusted
    assert adjusted is not None
    assert adjusted.is_early
    assert adjusted.lower < 0.2 < adjusted.upper
    assert adjusted.change <= effect.change + 1e-6
    assert memo.kpis[1].adjusted is None
    assert memo.units["treatment"] + memo.units["control"] <= 6000


def test_harm_rolls_back() -> None:
    assert _memo(6, lift=-0.25).action == "roll back"
    memo = _memo(6, watch=-0.3)
    assert memo.action == "roll back"
    assert (memo.reasons[0].kind, memo.reasons[0].kpi) == ("worse", "watch")


def test_no_effect_goes_on_and_then_holds() -> None:
    early = _memo(6)
    assert (early.action, early.kpis[0].adjusted) == ("extend", None)
    memo = _memo(14)
    assert (memo.action, memo.kpis[0].finding) == ("hold", "not shown")
    assert memo.kpis[0].fading is not None
    assert memo.kpis[0].adjusted is not None
    assert not memo.kpis[0].adjusted.is_early


def test_one_that_is_late_is_read_late() -> None:
    kpis = {**KPIS, "click": kpi("click", delay_days=3)}
    assert look_days(_charter(), 3) == [7, 10, 14, 17]
    memo = _memo(12, kpis=kpis)
    assert [look.day for look in memo.kpis[0].looks] == [7, 10]
    assert memo.kpis[0].matured == pytest.approx(9 / 12)
    assert memo.kpis[1].matured == 1.0
    after = _memo(20, kpis=kpis)
    assert (after.day, after.days, after.delay) == (17, 14, 3)
    assert (after.last, after.kpis[0].matured) == (day(17), 1.0)
    assert [look.day for look in after.kpis[0].looks] == [7, 10, 14, 17]
    assert [look.known for look in after.kpis[0].looks] == [4, 7, 11, 14]


def test_arms_that_do_not_have_their_ratio_hold() -> None:
    table = world(_charter(), 20_000, 8, lift=0.3)
    is_lost = (arm_column(table["user"], _charter()) == TREATMENT) & (table["user"] % 5 == 0)
    memo = analyse(_charter(), KPIS, table.filter(~is_lost).lazy(), "log")
    assert (memo.action, memo.is_mismatch) == ("hold", True)
    assert memo.mismatch < 0.001


@pytest.mark.parametrize(
    ("role", "gain", "width", "expected"),
    [
        ("guardrail", -0.2, 0.05, "worse"),
        ("guardrail", -0.12, 0.05, "not shown"),
        ("guardrail", -0.02, 0.05, "safe"),
        ("guardrail", 0.1, 0.05, "better"),
        ("deterioration", -0.06, 0.05, "worse"),
        ("quality", -0.04, 0.05, "safe"),
        ("deterioration", -0.08, 0.09, "not shown"),
    ],
)
def test_other_kpis_are_bounded(role: Any, gain: float, width: float, expected: str) -> None:
    assert guard_finding(role, 0.1, gain, width) == expected


def test_less_is_better_where_it_is_said() -> None:
    kpis = {"click": kpi("click", direction="down"), "watch": KPIS["watch"]}
    assert _memo(8, kpis=kpis, lift=0.25).kpis[0].finding == "worse"


def test_what_cannot_be_read_is_told() -> None:
    table = world(_charter(), 100, 3).lazy()
    with pytest.raises(ExperimentError, match="should say when the pilot began"):
        analyse(charter(), KPIS, table, "log")
    with pytest.raises(DataError, match="when the pilot began, but ends on"):
        analyse(_charter(), KPIS, table.filter(pl.col("time") < START), "log")
    with pytest.raises(DataError, match="'time', the time of the charter, should hold dates or times"):
        analyse(_charter(), KPIS, table.with_columns(pl.lit("noon").alias("time")), "log")
    never = analyse(_charter(), KPIS, table.with_columns(pl.lit(0).alias("click")), "log")
    assert (never.kpis[0].finding, never.action) == ("unknown", "extend")


def test_what_may_be_lost_is_the_same_loss_either_way() -> None:
    """Relative losses of 10 %: of 1 there are 0.9 left, or 1.1 come; all of it is never lost."""
    assert exp(-log_loss(0.1, "up")) == pytest.approx(0.9)
    assert exp(log_loss(0.1, "down")) == pytest.approx(1.1)
    assert log_loss(1.0, "up") < 7


def test_segments_are_read_and_told() -> None:
    content = _charter(segments=("country",))
    table = world(content, 6000, 14, seed=4).with_columns(country=pl.col("user") % 2)
    is_treated = arm_column(table["user"], content) == TREATMENT
    harmed = is_treated & (table["country"] == 1) & (table["time"] >= START)
    table = table.with_columns(
        click=pl.when(harmed).then(pl.col("click") * (pl.col("user") % 3 > 0)).otherwise("click")
    )
    memo = analyse(content, KPIS, table.lazy(), "log")
    (segments,) = memo.segments
    assert [one.differs for one in segments.homogeneity] == [True, False]
    effects = {group.name: group.effects[0].effect for group in segments.groups}
    assert effects["1"] is not None
    assert effects["0"] is not None
    assert effects["1"].upper < 0 < effects["0"].upper
    with pytest.raises(DataError, match="should be a text, a whole number"):
        analyse(_charter(segments=("watch",)), KPIS, table.lazy(), "log")
    with pytest.raises(DataError, match="land"):
        analyse(_charter(segments=("land",)), KPIS, table.lazy(), "log")


def test_units_count_from_their_first_decision(tmp_path: Path) -> None:
    table = world(_charter(), 3000, 14, lift=0.2)
    last = pl.DataFrame({"user": range(3000), "time": day(14), "click": 0, "watch": 0.0}, schema=table.schema)
    table = pl.concat([table, last])  # all have a row after their first decision
    came = {unit: day(1 + unit % 5) for unit in range(2000)}
    log = write_decisions(tmp_path / "log", decisions(_charter(), came))
    memo = analyse(_charter(decisions=log), KPIS, table.lazy(), "log")
    assert sum(memo.units.values()) == 2000
    assert memo.exposure is not None
    assert (memo.exposure.units, memo.exposure.misplaced) == (2000, 0)
    first = pl.lit(START) + pl.duration(days=pl.col("user") % 5)
    is_counted = (pl.col("time") < START) | (pl.col("time") >= first)
    exposed = table.filter((pl.col("user") < 2000) & is_counted)
    plain = analyse(_charter(), KPIS, exposed.lazy(), "log")
    assert memo.kpis[0].control == pytest.approx(plain.kpis[0].control, rel=1e-9)
    assert memo.action == "ship"


def test_units_in_another_arm_hold(tmp_path: Path) -> None:
    came = dict.fromkeys(range(2000), START)
    log = write_decisions(tmp_path / "log", decisions(_charter(), came, swapped=frozenset(range(9))))
    memo = analyse(_charter(decisions=log), KPIS, world(_charter(), 2000, 14, lift=0.2).lazy(), "log")
    assert (memo.action, memo.reasons[0].kind) == ("hold", "misplaced")
    assert memo.exposure is not None
    assert (memo.exposure.misplaced, memo.exposure.named) == (9, ["0", "1", "2", "3", "4"])


def _widened(first: Charter, second: Charter, lift: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Days 1 to 4 with many clicks and few units in the treatment, 5 to 8 with few clicks and many in it.

    Returns:
        outcomes, and decisions of the same visits; each unit comes once a day.
    """
    random, parts, decided = np.random.default_rng(5), [], []
    for number in range(1, 9):
        now, rate = (first, 0.4) if number <= 4 else (second, 0.2)
        users = pl.Series("user", range(6000))
        is_treated = arm_column(users, now) == TREATMENT
        clicks = random.random(6000) < rate * (1 + lift * is_treated.to_numpy())
        parts.append(pl.DataFrame({"user": users, "time": day(number), "click": clicks, "watch": 1.0 + clicks}))
        arm = pl.when(pl.Series(is_treated)).then(pl.lit("canary")).otherwise(pl.lit("primary"))
        moment = datetime.combine(day(number), time(12), UTC)
        rows = parts[-1].select(pl.col("user").cast(pl.String).alias("unit"), arm.alias("arm"), arm.alias("tier"))
        decided.append(rows.with_columns(time=pl.lit(moment)))
    return pl.concat(parts), pl.concat(decided)


def test_after_its_days_a_treatment_may_go_while_outcomes_are_waited_for(tmp_path: Path) -> None:
    kpis = {**KPIS, "click": kpi("click", delay_days=3)}
    table = world(_charter(), 6000, 17, lift=0.2)
    came = {unit: day(1 + unit % 12) for unit in range(5000)}  # with one more decision on the day after
    waiting = decisions(_charter(), {unit: day(16) for unit in range(6000)}).with_columns(arm=pl.lit("primary"))
    log = write_decisions(tmp_path / "log", pl.concat([decisions(_charter(), came), waiting]))
    memo = analyse(_charter(decisions=log), kpis, table.lazy(), "log")
    assert memo.exposure is not None
    assert (memo.day, memo.exposure.units, memo.exposure.misplaced) == (17, 5000, 0)
    assert memo.action == "ship"
    assert sum(analyse(_charter(), kpis, table.lazy(), "log").units.values()) == len(_seen(table, 14))


def _seen(table: pl.DataFrame, days: int) -> pl.Series:
    return table.filter(pl.col("time").is_between(START, day(days)))["user"].unique()


def test_a_treatment_that_was_widened_is_read_share_by_share(tmp_path: Path) -> None:
    """Simpson's paradox: added up by who answered, a gain of 20 % on every day is a loss.

    The days of each share show it, and so do all days of the units that had the new model on each of them.
    """
    short: dict[str, Any] = {"days": 4, "history_days": 0}
    narrow, wide = _charter(percent=5, **short), _charter(percent=50, start=day(5), **short)
    table, decided = _widened(narrow, wide, lift=0.2)
    answered = table.with_columns(decided["arm"]).group_by("arm").agg(pl.col("click").mean())
    rates = dict(answered.iter_rows())
    assert rates["canary"] / rates["primary"] < 0.9
    log = write_decisions(tmp_path / "log", decided)
    memo = analyse(_charter(percent=50, days=8, history_days=0, decisions=log), KPIS, table.lazy(), "log")
    assert (memo.action, [reason.kind for reason in memo.reasons]) == ("hold", ["share changed"])
    assert memo.exposure is not None
    assert memo.exposure.changed == day(4)
    throughout = _charter(percent=5, days=8, history_days=0)
    for one in (narrow, throughout, wide):
        until = table.filter(pl.col("time") < (day(5) if one is narrow else day(9)))
        memo = analyse(derive(one, decisions=log), KPIS, until.lazy(), "log")
        assert memo.exposure is not None
        assert memo.exposure.misplaced == 0
        effect = memo.kpis[0].effect
        assert effect is not None
        assert effect.lower < 0.2 < effect.upper
        assert effect.change > 0.1
    assert memo.action == "ship"
