"""Effects in segments of the units: intervals that hold together, and whether segments differ at all.

W. G. Cochran, The Combination of Estimates from Different Experiments, Biometrics 10, 1954: weighted squares of the
effects around their common mean are chi-squared where all segments have one effect. S. Holm, A Simple Sequentially
Rejective Multiple Test Procedure, Scandinavian Journal of Statistics 6, 1979.

Axes: N units.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import expm1
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import chi2, norm

from taskfusion.pilot.assign import CONTROL, TREATMENT
from taskfusion.pilot.effect import Effect
from taskfusion.pilot.roster import CODE
from taskfusion.pilot.tally import Places, Tally
from taskfusion.pilot.units import SEGMENT
from taskfusion.run.record.pilot_memo import GroupKind, Homogeneity, Interval, SegmentEffect, SegmentGroup, SegmentTable

LEAST_UNITS: Final = 200
"""Of each arm in a segment; fewer are joined with others."""

MOST_GROUPS: Final = 20


@dataclass(frozen=True, eq=False)
class Group:
    """Units of one segment.

    Attributes:
        kind: a value of the column, small ones together, or units without a value.
        name: the value; empty: it is none.
        joined: values that are together in it.
        arms: places of its units in control and treatment.
    """

    kind: GroupKind
    name: str
    joined: tuple[str, ...]
    arms: tuple[Places, Places]

    @property
    def counts(self) -> dict[str, int]:
        """Units per arm."""
        control, treatment = map(len, self.arms)
        return {TREATMENT: treatment, CONTROL: control}


@dataclass(frozen=True, eq=False)
class Segments:
    """Segments by one column.

    Attributes:
        column: of the log.
        groups: that are large enough.
        left_out: values and units that even together are too few.
    """

    column: str
    groups: Sequence[Group]
    left_out: tuple[str, ...]


def segments_of(tally: Tally, column: str, arms: tuple[slice, slice]) -> Segments:
    """Units by the first value that the log has of each.

    Args:
        tally: rows of the units.
        column: of the log.
        arms: units that are looked at.
    """
    known = tally.table.select(CODE, pl.col(f"{SEGMENT}{column}").cast(pl.String).alias(column)).drop_nulls()
    first = known.unique(CODE, keep="first", maintain_order=True)
    names = first[column].unique().sort()
    code_N = np.full(tally.num_units, len(names))
    code_N[first[CODE].to_numpy()] = names.search_sorted(first[column]).to_numpy()
    counted = [np.bincount(code_N[arm], minlength=len(names) + 1) for arm in arms]
    least, total = np.minimum(*counted), np.add(*counted)
    ranked = [int(code) for code in np.argsort(-total[:-1], kind="stable")]
    large = [code for code in ranked if least[code] >= LEAST_UNITS][:MOST_GROUPS]
    small = [code for code in ranked if code not in large and total[code]]
    groups = [_group("value", names[code], (), code_N, [code], arms) for code in large]
    left_out: tuple[str, ...] = ()
    if small:
        joined = tuple(names[code] for code in small)
        rest = _group("other", "", joined, code_N, small, arms)
        if min(rest.counts.values()) >= LEAST_UNITS:
            groups.append(rest)
        else:
            left_out = joined
    unknown = _group("unknown", "", (), code_N, [len(names)], arms)
    if min(unknown.counts.values()) >= LEAST_UNITS:
        groups.append(unknown)
    return Segments(column, groups, left_out)


def _group(
    kind: GroupKind, name: str, joined: tuple[str, ...], code_N: npt.NDArray[np.int64], codes: Sequence[int],
    arms: tuple[slice, slice],
) -> Group:  # fmt: skip
    is_mine_N = np.isin(code_N, codes)
    control, treatment = (np.flatnonzero(is_mine_N[arm]) + arm.start for arm in arms)
    return Group(kind, name, joined, (control, treatment))


def tables(
    found: Sequence[Segments], effects: Mapping[str, Mapping[str, Sequence[Effect | None]]], alpha: float
) -> list[SegmentTable]:
    """Segments with their effects as records.

    Args:
        found: segments by each column.
        effects: per KPI and column, one per group.
        alpha: error of all intervals together, and of all tests of homogeneity together.
    """
    known = [one for columns in effects.values() for groups in columns.values() for one in groups if one is not None]
    quantile = float(norm.isf(alpha / 2 / max(len(known), 1)))
    tests = {
        (segments.column, kpi): homogeneity(columns[segments.column])
        for segments in found
        for kpi, columns in effects.items()
    }
    adjusted = holm({place: p for place, (_, _, p) in tests.items()})
    return [
        SegmentTable(
            column=segments.column,
            groups=[
                SegmentGroup(
                    kind=group.kind, name=group.name, joined=list(group.joined), units=group.counts,
                    effects=[
                        SegmentEffect(kpi=kpi, effect=_interval(columns[segments.column][place], quantile))
                        for kpi, columns in effects.items()
                    ],
                )
                for place, group in enumerate(segments.groups)
            ],
            homogeneity=[
                Homogeneity(kpi=kpi, q=tests[segments.column, kpi][0], groups=tests[segments.column, kpi][1],
                            p=adjusted[segments.column, kpi], differs=adjusted[segments.column, kpi] <= alpha)
                for kpi in effects
            ],
            left_out=list(segments.left_out),
        )
        for segments in found
    ]  # fmt: skip


def homogeneity(effects: Sequence[Effect | None]) -> tuple[float, int, float]:
    """Cochran's Q of effects on the log scale, how many they are, and the p-value; 1 where there are fewer than two."""
    known = [one for one in effects if one is not None]
    if len(known) < 2:
        return 0.0, len(known), 1.0
    change, weight = (np.array(one) for one in zip(*((one.log_change, one.error**-2) for one in known), strict=True))
    q = float((weight * (change - (weight @ change) / weight.sum()) ** 2).sum())
    return q, len(known), float(chi2.sf(q, len(known) - 1))


def holm(p_values: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    """p-values that hold together."""
    found: dict[tuple[str, str], float] = {}
    highest = 0.0
    for place, key in enumerate(sorted(p_values, key=lambda one: p_values[one])):
        highest = max(highest, min(1.0, (len(p_values) - place) * p_values[key]))
        found[key] = highest
    return found


def _interval(found: Effect | None, quantile: float) -> Interval | None:
    if found is None:
        return None
    lower, upper = (expm1(found.log_change + side * quantile * found.error) for side in (-1, 1))
    return Interval(change=found.change, lower=lower, upper=upper, error=found.error)
