"""How frequent the value of a row is among the training rows, as a number.

Axes: B rows, C codes.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taskfusion.base.moments import Moments
from taskfusion.data.vocabulary import FIRST, Codes
from taskfusion.schema.feature import CategoricalFeature


@dataclass(frozen=True)
class FrequencyEncoder:
    """How frequent a row's value is among the training rows, as a number; no label is read.

    Attributes:
        feature: the feature.
        number_C: float32, the number of each code.
    """

    feature: CategoricalFeature
    number_C: npt.NDArray[np.float32]

    @property
    def name(self) -> str:
        """Name of the column."""
        return f"{self.feature.name} frequency"

    def encode(self, code_B: Codes) -> npt.NDArray[np.float32]:
        """Numbers [B, 1] of the codes [B] that the feature has."""
        return self.number_C[code_B][:, None]


def frequency_numbers(row_C: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """log(1 + rows) of each code [C], standardised over the rows; the codes of missing and rare values count 0 rows.

    Args:
        row_C: training rows with each code.
    """
    number_C = np.log1p(np.where(np.arange(len(row_C)) < FIRST, 0, row_C))
    held_C = row_C > 0
    moments = Moments.of(number_C[held_C], row_C[held_C].astype(np.float64))
    return ((number_C - moments.mean) / (moments.std or 1.0)).astype(np.float32)
