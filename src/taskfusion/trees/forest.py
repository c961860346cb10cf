"""What the trees of one task can do, whichever library grew them.

Axes: B rows, M columns, C logits.
"""

from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from taskfusion.trees.columns import Matrix


class Forest(Protocol):
    """Trees of one task."""

    @property
    def rounds(self) -> int:
        """Rounds of the best evaluation."""

    @property
    def leaves(self) -> int:
        """Leaves of all trees of these rounds."""

    def logits(self, matrix_BM: Matrix) -> npt.NDArray[np.float32]:
        """Sums of leaves before any link [B, C]; C is 1 but where a label is one of several values."""

    def write(self, path: Path) -> None:
        """Write the trees of the best evaluation, whole or not at all.

        Raises:
            StorageError: the file cannot be written.
        """
