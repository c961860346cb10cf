"""Encoded rows as arrays: what the encoder gives, in training as in scoring.

Axes: B rows, F categorical features, L places of a bag, N numeric columns, T tasks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]

MISSING, UNSEEN, FIRST = 0, 1, 2
"""Codes of a missing value and of one without a code of its own, and the first of the others."""

CLIP = 10.0
"""Standardised numbers are kept within this many standard deviations of the mean."""

LEAST_SHARE = 1e-7
"""Shares of rows stay this far from 0 and 1, so that no rank becomes infinite."""


@dataclass(frozen=True)
class EncodedRows:
    """Encoded rows.

    Attributes:
        ids_BF: int32 codes of the categorical features; MISSING, UNSEEN, or that of a value.
        bags: an array int32 [B, L] of codes for each feature with many values; 0 is padding, at the end.
        numeric_BN: float32.
        label_BT: float64 labels, 0 where unknown; T is 0 in rows without labels.
        weight_BT: float32 weights, 0 where the label is unknown.
        group_B: int64; rows of equal number are ranked against each other, but for NO_GROUP.
        truth_BT: float64 true probabilities or expectations, NaN for a task without.
    """

    ids_BF: Numbers
    bags: tuple[Numbers, ...]
    numeric_BN: Numbers
    label_BT: Numbers
    weight_BT: Numbers
    group_B: Numbers | None = None
    truth_BT: Numbers | None = None

    def __len__(self) -> int:
        return len(self.ids_BF)

    @property
    def num_bytes(self) -> int:
        """Bytes of the values."""
        return sum(array.nbytes for array in self.arrays())

    def arrays(self) -> Iterator[Numbers]:
        """Every array, each with B rows."""
        yield from (self.ids_BF, *self.bags, self.numeric_BN, self.label_BT, self.weight_BT)
        yield from (array for array in (self.group_B, self.truth_BT) if array is not None)

    def rows(self, index: slice | Numbers) -> "EncodedRows":
        """Some rows: a slice gives views; a mask [B], or row numbers, copies."""
        return EncodedRows(
            ids_BF=self.ids_BF[index],
            bags=tuple(bag[index] for bag in self.bags),
            numeric_BN=self.numeric_BN[index],
            label_BT=self.label_BT[index],
            weight_BT=self.weight_BT[index],
            group_B=None if self.group_B is None else self.group_B[index],
            truth_BT=None if self.truth_BT is None else self.truth_BT[index],
        )


def feature_rows(
    num_rows: int, ids: Sequence[Numbers], bags: Sequence[Numbers], numeric: Sequence[Numbers]
) -> EncodedRows:
    """Rows without labels of columns side by side; the columns of an array stay together in memory.

    Args:
        num_rows: B.
        ids: int32 [B] of each categorical feature.
        bags: int32 [B, L] of each feature with many values.
        numeric: [B, 1] or [B, 2] of each numeric feature, of one type.
    """
    none_B0 = np.zeros((num_rows, 0), dtype=np.float32)
    return EncodedRows(
        ids_BF=np.stack(ids).T if ids else np.zeros((num_rows, 0), dtype=np.int32),
        bags=tuple(bags),
        numeric_BN=np.concatenate([part.T for part in numeric]).T if numeric else none_B0,
        label_BT=none_B0,
        weight_BT=none_B0,
    )
