"""Units with their arms: by the hash, and by decisions that are held against it."""

from datetime import timedelta

import polars as pl
import pytest

from pilot.decided import decisions
from pilot.logs import charter
from pilot.worlds import START, world
from taskfusion.base.errors import DataError
from taskfusion.pilot.assign import CONTROL, OUTSIDE, TREATMENT, arm_column
from taskfusion.pilot.roster import CAME, Roster, by_decisions, by_hash
from taskfusion.pilot.units import DAY, dated

CHARTER = charter(percent=30, start=START)


def _sets(roster: Roster, days: int) -> tuple[set[object], set[object]]:
    control, treatment = roster.seen(days)
    return set(roster.unit[control]), set(roster.unit[treatment])


def test_units_come_with_their_first_row() -> None:
    log = dated(world(CHARTER, 300, 9).lazy(), CHARTER, "log")
    roster = by_hash(log, CHARTER, START, 9, "log")
    table = log.collect()
    for days in (1, 3, 9):
        inside = table.filter(pl.col(DAY).is_between(START, START + timedelta(days=days), closed="left"))
        units = inside["user"].unique()
        arms = arm_column(units, CHARTER)
        expected = tuple(set(units.filter(arms == arm)) for arm in (CONTROL, TREATMENT))
        assert _sets(roster, days) == expected
        assert roster.counts(days) == {TREATMENT: len(expected[1]), CONTROL: len(expected[0])}
    assert roster.table("user").collect()[CAME].max() == roster.came_N.max() <= 8
    assert not roster.is_exposed


def test_units_come_with_their_first_decision() -> None:
    came = {unit: START + timedelta(days=unit % 4 - 1) for unit in range(400)}
    roster = by_decisions(decisions(CHARTER, came).lazy(), CHARTER, START, 3, "decisions")
    arms = dict(zip(range(400), arm_column(pl.Series(range(400)), CHARTER), strict=True))
    expected = {arm: {str(unit) for unit in came if arms[unit] == arm} for arm in (CONTROL, TREATMENT, OUTSIDE)}
    assert _sets(roster, 3) == (expected[CONTROL], expected[TREATMENT])
    first = {str(unit) for unit, day in came.items() if day <= START}
    assert _sets(roster, 1) == (expected[CONTROL] & first, expected[TREATMENT] & first)
    assert (roster.is_exposed, roster.misplaced) == (True, 0)


def test_units_in_another_arm_are_named_and_left_out() -> None:
    came = dict.fromkeys(range(400), START)
    arms = arm_column(pl.Series(range(400)), CHARTER)
    treated = [unit for unit in came if arms[unit] == TREATMENT][:3]
    outside = [unit for unit in came if arms[unit] == OUTSIDE][:4]
    table = decisions(CHARTER, came, swapped=frozenset([*treated, *outside]))
    moved = next(unit for unit in came if arms[unit] == TREATMENT and unit not in treated)
    table = pl.concat([table, table.filter(pl.col("unit") == str(moved)).with_columns(arm=pl.lit("primary"))])
    others = [unit for unit in came if arms[unit] == CONTROL][:3]
    table = pl.concat(
        [table, table.filter(pl.col("unit").is_in(list(map(str, others)))).with_columns(arm=pl.lit("canary"))]
    )
    roster = by_decisions(table.lazy(), CHARTER, START, 5, "decisions")
    wrong = {str(unit) for unit in [*treated, *others, moved]}
    assert roster.misplaced == len(wrong)
    assert set(roster.named) < wrong
    assert len(roster.named) == 5
    assert not set(roster.unit) & (wrong | {str(unit) for unit in outside})
    assert (roster.moved, roster.changed) == (0, None)


@pytest.mark.parametrize("is_wider", [True, False])
def test_units_that_change_over_to_another_model_are_counted_with_the_day(is_wider: bool) -> None:
    """The treatment of 10 percent, with days on which it has 30."""
    narrow, wide = charter(percent=10, start=START), CHARTER
    came = dict.fromkeys(range(900), START)
    first, second = (narrow, wide) if is_wider else (wide, narrow)
    later = {unit: START + timedelta(days=4) for unit in came}
    table = pl.concat([decisions(first, came), decisions(second, later)])
    arms = [arm_column(pl.Series(range(900)), one) == TREATMENT for one in (narrow, wide)]
    roster = by_decisions(table.lazy(), wide, START, 7, "decisions")
    assert roster.moved == roster.misplaced == int((arms[0] != arms[1]).sum()) > 100
    assert roster.changed == START + timedelta(days=1)
    throughout = by_decisions(table.lazy(), narrow, START, 7, "decisions")
    assert (throughout.moved, throughout.misplaced, throughout.changed) == (0, 0, None)
    assert throughout.counts(7)[TREATMENT] == int(arms[0].sum())
    after = by_decisions(table.lazy(), second, START + timedelta(days=2), 7, "decisions")
    assert (after.moved, after.misplaced, after.changed) == (0, 0, None)


def test_shadows_and_requests_without_an_arm_make_no_exposure() -> None:
    table = decisions(CHARTER, dict.fromkeys(range(9), START))
    none = table.with_columns(arm=pl.lit(None, pl.String))
    shadow = table.with_columns(tier=pl.lit("shadow"))
    for empty in (none, shadow):
        with pytest.raises(DataError, match="should have decisions for units in an arm"):
            by_decisions(empty.lazy(), CHARTER, START, 5, "decisions")
