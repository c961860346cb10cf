"""Arms of a pilot: how many units each has, and its KPIs against the holdback, in memory that does not grow.

Units come to buckets by their hash. Sums of a bucket are independent of those of others however often its units come
again, so that their spread over buckets gives the standard error of a mean per impression (a delta method over
clusters). Numbers of units are those of a sample that stays the same: units whose hash is low, lower as they become
many.

Axes: U buckets of units.
"""

from collections.abc import Iterable, Mapping
from math import exp, log, sqrt
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from taskfusion.pilot.sequential.confidence import half_width
from taskfusion.pilot.sequential.ratio import is_mismatch, p_value
from taskfusion.run.record.watch import HoldbackReading, RatioReading
from taskfusion.watch.state.memory import ArmUnits, KpiArm

BUCKETS: Final = 512
HORIZON: Final = 1_000_000
"""Impressions at which intervals are narrowest."""

_MOST_UNITS: Final = 16_384
_ALL: Final = 2**63
_LEAST_BUCKETS: Final = 30


class UnitSample:
    """Different units per arm, of a sample by their hash.

    Args:
        kept: where it was left; None: at the beginning.
    """

    def __init__(self, kept: ArmUnits | None) -> None:
        self._below = _ALL if kept is None else kept.below
        self._units = {} if kept is None else {arm: np.array(one, dtype=np.uint64) for arm, one in kept.units.items()}

    def add(self, arm_G: npt.NDArray[np.uint8], hash_G: npt.NDArray[np.uint64], names: list[str]) -> None:
        """Take the arms of requests [G] and the hashes of their units."""
        low_G = hash_G >> np.uint64(1)
        for code in np.unique(arm_G).tolist():
            if code >= len(names):
                continue
            own = np.unique(low_G[(arm_G == code) & (low_G < self._below)])
            before = self._units.get(names[code], np.zeros(0, dtype=np.uint64))
            self._units[names[code]] = np.union1d(before, own)
        while sum(map(len, self._units.values())) > _MOST_UNITS:
            self._below //= 2
            self._units = {arm: one[one < self._below] for arm, one in self._units.items()}

    def kept(self) -> ArmUnits:
        """What is to be remembered."""
        return ArmUnits(below=self._below, units={arm: one.tolist() for arm, one in self._units.items()})

    def reading(self, planned: Mapping[str, float]) -> RatioReading | None:
        """Units against the plan; None: there is no plan, or no unit."""
        units = {arm: len(self._units.get(arm, ())) for arm in planned}
        if not planned or not sum(units.values()):
            return None
        total = sum(planned.values())
        share = {arm: one / total for arm, one in planned.items()}
        pair = [units[arm] for arm in share], list(share.values())
        return RatioReading(units=units, planned=share, p=p_value(*pair), is_mismatch=is_mismatch(*pair))


class KpiArms:
    """Sums of labels per arm, KPI and bucket of units.

    Args:
        kept: where it was left.
    """

    def __init__(self, kept: Iterable[KpiArm]) -> None:
        self._sums: dict[tuple[str, str], npt.NDArray[np.float64]] = {
            (one.kpi, one.arm): np.array([one.rows, one.sums]) for one in kept
        }

    def add(self, kpi: str, arm: str, unit_M: npt.NDArray[Any], label_M: npt.NDArray[np.float64]) -> None:
        """Take impressions [M] with labels, of units by their hash."""
        bucket_M = unit_M.astype(np.int64) % BUCKETS
        rows_U, sums_U = np.bincount(bucket_M, minlength=BUCKETS), np.bincount(bucket_M, label_M, BUCKETS)
        more = np.stack([rows_U, sums_U]).astype(np.float64)
        key = (kpi, arm)
        self._sums[key] = self._sums[key] + more if key in self._sums else more

    def kept(self) -> list[KpiArm]:
        """What is to be remembered."""
        return [
            KpiArm(kpi=kpi, arm=arm, rows=one[0].tolist(), sums=one[1].tolist())
            for (kpi, arm), one in self._sums.items()
        ]

    def readings(self, holdback: str | None) -> list[HoldbackReading]:
        """Each KPI of each other arm against that of the holdback."""
        return [
            _reading(kpi, arm, str(holdback), one, self._sums[kpi, str(holdback)])
            for (kpi, arm), one in sorted(self._sums.items(), key=lambda item: item[0])
            if arm != holdback and (kpi, str(holdback)) in self._sums
        ]


def _reading(
    kpi: str, arm: str, holdback: str, own: npt.NDArray[np.float64], other: npt.NDArray[np.float64]
) -> HoldbackReading:
    (mean, error), (base, base_error) = _mean(own), _mean(other)
    rows = float(own[0].sum() + other[0].sum())
    found: list[float | None] = [None, None, None]
    if min(mean, base) > 0 and max(error, base_error) < np.inf and error + base_error > 0:
        change = log(mean / base)
        width = half_width(sqrt((error / mean) ** 2 + (base_error / base) ** 2), rows, HORIZON)
        found = [exp(one) - 1 for one in (change, change - width, change + width)]
    return HoldbackReading(
        kpi=kpi,
        arm=arm,
        holdback=holdback,
        rows=round(rows),
        value=mean,
        baseline=base,
        change=found[0],
        lower=found[1],
        upper=found[2],
    )


def _mean(sums_2U: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Mean per impression and its standard error; infinite where too few buckets have any."""
    rows_U, total_U = sums_2U
    used = int((rows_U > 0).sum())
    if not rows_U.sum():
        return 0.0, float("inf")
    mean = float(total_U.sum() / rows_U.sum())
    if used < _LEAST_BUCKETS:
        return mean, float("inf")
    spread = float(((total_U - mean * rows_U) ** 2).sum()) * used / (used - 1)
    return mean, sqrt(spread) / float(rows_U.sum())
