"""The sticky salted hash that says which arm of an experiment a unit is in: the same on every machine, and for good.

It is SHA-256 of UTF-8 salt, NUL and unit, so that any other system can compute it too. Ints and texts are the same unit
where they are written alike: 17 and "17".

Axes: N units.
"""

import hashlib
import operator
from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, SupportsIndex

import numpy as np
import numpy.typing as npt

from taskfusion.base.errors import DataError, ExperimentError

if TYPE_CHECKING:
    import polars as pl

Unit = str | SupportsIndex
_NUL: Final = "\0"
_LOST_BITS: Final = 11
_SCALE: Final = 2.0**-53
_SLACK: Final = 1e-9  # percent; sums of thirds are not exact


def bucket(unit: Unit, salt: str) -> float:
    """Where a unit lies in [0, 1): the first 53 bits of the hash, which a float holds exactly, over 2^53.

    Args:
        unit: a text or a whole number.
        salt: of the experiment; units lie anew with each.

    Raises:
        DataError: the unit is neither.
        ExperimentError: the salt holds the character NUL.
    """
    digest = hashlib.sha256(_prefix(salt) + _text(unit).encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> _LOST_BITS) * _SCALE


def buckets(units: "pl.Series | npt.NDArray[Any]", salt: str) -> npt.NDArray[np.float64]:
    """bucket of every unit of a column, equal to the bit; [N].

    Args:
        units: texts or whole numbers, without nulls.
        salt: of the experiment.

    Raises:
        DataError: a unit is missing, or the column is of another type.
        ExperimentError: the salt holds the character NUL.
    """
    import polars as pl  # takes longer to load than a server that hashes one unit should wait

    column = units if isinstance(units, pl.Series) else pl.Series(units)
    if not (column.dtype.is_integer() or column.dtype in (pl.String, pl.Categorical, pl.Enum)):
        raise DataError(f"units should be texts or whole numbers, found a column of {column.dtype}; cast it")
    if column.null_count():
        raise DataError(f"units should all be known, found {column.null_count():,} nulls; leave these rows out")
    begun = hashlib.sha256(_prefix(salt))
    digests = bytearray()
    for text in column.cast(pl.String).to_list():
        one = begun.copy()
        one.update(text.encode())
        digests += one.digest()[:8]
    bits_N = np.frombuffer(digests, dtype=">u8").astype(np.uint64) >> np.uint64(_LOST_BITS)
    return bits_N.astype(np.float64) * _SCALE


class Arms:
    """Named arms, each with a range of [0, 1) of its own, of which it takes the first part.

    Ranges do not depend on shares. Whoever is in an arm therefore stays in it when any arm is widened, and a unit that
    is in none can come into one arm only.

    Args:
        shares: percent of all units, by arm.
        spans: percent that each arm can have at most, in the order of the ranges; None: all the same.

    Raises:
        ExperimentError: a share is below 0 or above its span, spans are of other arms, not above 0 or above 100 in all.
    """

    def __init__(self, shares: Mapping[str, float], spans: Mapping[str, float] | None = None) -> None:
        if not shares:
            raise ExperimentError("an experiment should have at least one arm, found none")
        spans = dict.fromkeys(shares, 100 / len(shares)) if spans is None else spans
        if set(spans) != set(shares):
            raise ExperimentError(f"spans should be of the arms {', '.join(shares)}, found {', '.join(spans)}")
        self.names = tuple(spans)
        total = sum(spans.values())
        if not (min(spans.values()) > 0 and total <= 100 + _SLACK):  # NaN is refused too
            raise ExperimentError(f"spans should each be above 0 and be 100 percent at most together, found {total:g}")
        for name, span in spans.items():
            if not 0 <= shares[name] <= span + _SLACK:
                raise ExperimentError(
                    f"the share of the arm '{name}' should be from 0 to its span of {span:g} percent, found "
                    f"{shares[name]:g}; give it a wider span from the start, or a smaller share"
                )
        ends = [1.0 if end >= 100 - _SLACK else end / 100 for end in accumulate(spans.values())]
        self._start_A = np.asarray([0.0, *ends[:-1]])
        is_full = [shares[name] >= spans[name] - _SLACK for name in self.names]
        self._end_A = np.asarray(
            [
                end if full else start + shares[name] / 100
                for name, start, end, full in zip(self.names, self._start_A.tolist(), ends, is_full, strict=True)
            ]
        )
        self._starts, self._ends = self._start_A.tolist(), self._end_A.tolist()

    def of(self, unit: Unit, salt: str) -> str | None:
        """The arm of a unit; None: none.

        Raises:
            DataError: the unit is neither text nor whole number.
            ExperimentError: the salt holds the character NUL.
        """
        found = bucket(unit, salt)
        place = bisect_right(self._starts, found) - 1
        return self.names[place] if found < self._ends[place] else None

    def column(self, units: "pl.Series | npt.NDArray[Any]", salt: str) -> npt.NDArray[np.int64]:
        """Places in `names` of the arms of a column of units, -1 for none; [N].

        Raises:
            DataError: a unit is missing, or the column is of another type.
            ExperimentError: the salt holds the character NUL.
        """
        found_N = buckets(units, salt)
        place_N = np.searchsorted(self._start_A, found_N, side="right") - 1
        return np.where(found_N < self._end_A[place_N], place_N, -1)


def arm(unit: Unit, salt: str, shares: Mapping[str, float], spans: Mapping[str, float] | None = None) -> str | None:
    """The arm of a unit, as Arms says it; None: none.

    Args:
        unit: a text or a whole number.
        salt: of the experiment.
        shares: percent of all units, by arm.
        spans: percent that each arm can have at most; None: all the same.

    Raises:
        DataError: the unit is neither.
        ExperimentError: shares, spans or salt are not usable.
    """
    return Arms(shares, spans).of(unit, salt)


def _prefix(salt: str) -> bytes:
    if _NUL in salt:
        raise ExperimentError("a salt should not hold the character NUL, which parts it from the unit")
    return f"{salt}{_NUL}".encode()


def _text(unit: Unit) -> str:
    if isinstance(unit, str):
        return unit
    try:
        if not isinstance(unit, bool):
            return str(operator.index(unit))
    except TypeError:
        pass
    raise DataError(f"a unit should be a text or a whole number, found {unit!r}")
