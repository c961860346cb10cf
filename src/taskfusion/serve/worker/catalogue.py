"""The items that candidates are named of.

Axes: I items, B candidates, F columns or features.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from taskfusion.data.rows import UNSEEN
from taskfusion.serve.inputs import GraphInputs
from taskfusion.serve.worker.model import Items


@dataclass(frozen=True)
class Catalogue:
    """Items by their ids.

    Attributes:
        items: encoded.
        row_of: row by id.
        column: of the ids.
        marks_IF: whether an item lacks the value of a column, then whether one of its values was never seen.
        missing: columns of the first marks.
        unseen: features of the others.
    """

    items: Items
    row_of: Mapping[int | str, int]
    column: str
    marks_IF: npt.NDArray[np.bool_]
    missing: tuple[str, ...]
    unseen: tuple[str, ...]

    @classmethod
    def of(
        cls,
        items: Items,
        row_of: Mapping[int | str, int],
        column: str,
        is_missing: Mapping[str, npt.NDArray[np.bool_]],
        inputs: GraphInputs,
    ) -> Self:
        """Items with their marks.

        Args:
            items: encoded.
            row_of: row by id.
            column: of the ids.
            is_missing: by column, whether an item lacks its value.
            inputs: which features are those of items.
        """
        layout, encoded = inputs.layout, items.encoded
        unseen = {layout.id_names[place]: encoded.ids_BF[:, place] == UNSEEN for place in inputs.ids}
        unseen |= {layout.bag_names[place]: (encoded.bags[place] == UNSEEN).any(axis=1) for place in inputs.bags}
        marks: Sequence[npt.NDArray[np.bool_]] = [*is_missing.values(), *unseen.values()]
        return cls(items, row_of, column, np.stack(marks, axis=1), tuple(is_missing), tuple(unseen))

    def counts(self, row_B: npt.NDArray[np.int64]) -> tuple[dict[str, int], dict[str, int]]:
        """Candidates that lack a value, by column, and those with values never seen, by feature."""
        count_F = np.count_nonzero(self.marks_IF[row_B], axis=0).tolist()
        named = [*zip((*self.missing, *self.unseen), count_F, strict=True)]
        border = len(self.missing)
        missing, unseen = ({name: count for name, count in part if count} for part in (named[:border], named[border:]))
        return missing, unseen
