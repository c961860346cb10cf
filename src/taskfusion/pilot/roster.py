"""Units of a pilot: which arm each is in, and since when it counts.

Without a decision log units are in the arm that the hash says, from their first row in the pilot's days on. With one,
they count from the first decision that was made for them, and the arm that answered is held against the hash. Units
outside of both arms may be answered by any model: a canary that is wider than the pilot, or was widened while it ran.

Axes: N units.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.base.errors import DataError
from taskfusion.config.charter import Charter
from taskfusion.data.table import collect
from taskfusion.pilot.assign import ARM, CONTROL, OUTSIDE, TREATMENT, arm_column
from taskfusion.pilot.units import DAY, day_of

CAME, CODE = "__came", "__code"
"""Columns: day of the pilot on which a unit came, from 0; its place among the units."""

TREATED: Final = ("canary", TREATMENT)
OTHERS: Final = ("primary", CONTROL)
"""Arms in a decision log: a canary is the treatment, and all others, in an arm or in none, get the primary."""

_SHADOW: Final = "shadow"
_MOST_NAMED: Final = 5


@dataclass(frozen=True, eq=False)
class Roster:
    """All units, those of the control first, each arm in the order in which its units came.

    Attributes:
        unit: each once [N].
        came_N: day of the pilot on which it came, from 0.
        controls: units of the control.
        is_exposed: whether units are those for whom decisions were made.
        misplaced: units of an arm that the decision log has in the other one, or in both, which are left out.
        named: some of these.
        moved: of these, units that one model answered first and the other one from some time on, as where the share of
            the treatment is changed.
        changed: day on which the last of them was still answered by the first model; None: there is none.
    """

    unit: pl.Series
    came_N: npt.NDArray[np.int64]
    controls: int
    is_exposed: bool = False
    misplaced: int = 0
    named: tuple[str, ...] = ()
    moved: int = 0
    changed: date | None = None

    def __len__(self) -> int:
        return len(self.came_N)

    def seen(self, days: int) -> tuple[slice, slice]:
        """Where units of control and treatment stand that came within so many days."""
        control, treatment = (
            int(np.searchsorted(part, days)) for part in (self.came_N[: self.controls], self.came_N[self.controls :])
        )
        return slice(0, control), slice(self.controls, self.controls + treatment)

    def counts(self, days: int) -> dict[str, int]:
        """Units per arm that came within so many days."""
        control, treatment = self.seen(days)
        return {TREATMENT: treatment.stop - treatment.start, CONTROL: control.stop}

    def table(self, name: str) -> pl.LazyFrame:
        """Units with their places and the days on which they came."""
        code = pl.Series(CODE, np.arange(len(self)))
        return pl.DataFrame([self.unit.alias(name), code, pl.Series(CAME, self.came_N)]).lazy()


def by_hash(log: pl.LazyFrame, charter: Charter, first: date, days: int, origin: str) -> Roster:
    """Units that a log has in a pilot's days.

    Args:
        log: as dated gives it.
        charter: of the pilot.
        first: its first day.
        days: that count.
        origin: what the log is called in messages.

    Raises:
        DataError: a unit is missing, or is neither text nor whole number.
    """
    inside = log.filter(_inside(first, days)).group_by(charter.unit).agg(_came(first))
    units = collect(inside, origin)
    return _roster(units.with_columns(arm_column(units[charter.unit], charter)), charter.unit)


def by_decisions(decisions: pl.LazyFrame, charter: Charter, first: date, days: int, origin: str) -> Roster:
    """Units for which decisions were made in a pilot's days.

    Args:
        decisions: rows of a decision log.
        charter: of the pilot.
        first: its first day.
        days: that count.
        origin: what the decision log is called in messages.

    Raises:
        DataError: no decision of an arm lies in these days.
    """
    day = day_of(decisions.collect_schema(), "time", origin).alias(DAY)
    known = pl.col("unit").is_not_null() & pl.col("arm").is_in([*TREATED, *OTHERS]) & (pl.col("tier") != _SHADOW)
    made = decisions.filter(known).select("unit", "arm", "time", day).filter(_inside(first, days))
    arms = pl.col("arm").first(), pl.col("arm").n_unique().alias("__arms")
    units = collect(made.group_by("unit").agg(_came(first), *arms), origin)
    if units.is_empty():
        raise DataError(
            f"{origin} should have decisions for units in an arm ({', '.join((*TREATED, *OTHERS))}) from {first} on, "
            f"but has none; a canary makes arms"
        )
    hashed = arm_column(units["unit"], charter).alias("__hash")
    is_treated, is_other = pl.col("arm").is_in(TREATED), pl.col("arm").is_in([CONTROL])
    is_elsewhere = (is_treated != (pl.col("__hash") == TREATMENT)) | (is_other & (pl.col("__hash") != CONTROL))
    is_wrong = (pl.col("__hash") != OUTSIDE) & ((pl.col("__arms") > 1) | is_elsewhere)
    units = units.with_columns(hashed).with_columns(is_wrong.alias("__wrong"))
    wrong = units.filter("__wrong")["unit"].sort()
    moved = _moved(made, units.filter(pl.col("__wrong") & (pl.col("__arms") > 1))["unit"], origin)
    right = units.filter(~pl.col("__wrong")).with_columns(pl.col("__hash").alias(ARM))
    named = tuple(wrong.head(_MOST_NAMED).to_list())
    found = _roster(right, "unit")
    changed: date | None = moved.select(pl.col(DAY).max()).item()
    return replace(found, is_exposed=True, misplaced=len(wrong), named=named, moved=len(moved), changed=changed)


def _moved(made: pl.LazyFrame, units: pl.Series, origin: str) -> pl.DataFrame:
    """Of units in several arms those that the other model answered from some time on, with the last day before."""
    is_treated, time = pl.col("arm").is_in(TREATED), pl.col("time")
    is_up = time.filter(~is_treated).max() < time.filter(is_treated).min()
    is_down = time.filter(is_treated).max() < time.filter(~is_treated).min()
    before = pl.when(is_up).then(pl.col(DAY).filter(~is_treated).max())
    last = before.when(is_down).then(pl.col(DAY).filter(is_treated).max()).alias(DAY)
    table = pl.LazyFrame({"unit": units})
    return collect(made.join(table, on="unit", how="semi").group_by("unit").agg(last).drop_nulls(DAY), origin)


def _inside(first: date, days: int) -> pl.Expr:
    return pl.col(DAY).is_between(first, first + timedelta(days=days), closed="left")


def _came(first: date) -> pl.Expr:
    return (pl.col(DAY).min() - pl.lit(first)).dt.total_days().alias(CAME)


def _roster(units: pl.DataFrame, name: str) -> Roster:
    parts = [units.filter(pl.col(ARM) == arm).sort(CAME, name) for arm in (CONTROL, TREATMENT)]
    both = pl.concat(parts)
    came_N = both[CAME].to_numpy().astype(np.int64)
    return Roster(both[name], came_N, parts[0].height)
