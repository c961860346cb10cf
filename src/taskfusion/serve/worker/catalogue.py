"""The items that candidates are named of.

Axes: I items, B candidates, M marks.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from taskfusion.serve.catalogue.ids import IdLookup
from taskfusion.serve.catalogue.stored import StoredItems
from taskfusion.serve.worker.model import Items


@dataclass(frozen=True)
class Catalogue:
    """Items by their ids.

    Attributes:
        items: encoded.
        ids: rows by ids.
        column: of the ids.
        marks_IM: whether an item lacks the value of a column, then whether one of its values was never seen.
        missing: columns of the first marks.
        unseen: features of the others.
        begun: when the table of items was read, in seconds since 1970; None: not known.
    """

    items: Items
    ids: IdLookup
    column: str
    marks_IM: npt.NDArray[np.uint8]
    missing: tuple[str, ...]
    unseen: tuple[str, ...]
    begun: float | None = None

    @classmethod
    def of(cls, stored: StoredItems, column: str, begun: float | None = None) -> Self:
        """Items as they are stored.

        Args:
            stored: items of the model that scores.
            column: of their ids.
            begun: when the table of items was read, in seconds since 1970; None: not known.
        """
        form = stored.form
        items = Items(stored.rows, stored.shares)
        return cls(items, stored.ids, column, stored.marks_IM, tuple(form.columns), form.unseen, begun)

    def counts(self, row_B: npt.NDArray[np.int64]) -> tuple[dict[str, int], dict[str, int]]:
        """Candidates that lack a value, by column, and those with values never seen, by feature."""
        count_M = np.count_nonzero(self.marks_IM[row_B], axis=0).tolist()
        named = [*zip((*self.missing, *self.unseen), count_M, strict=True)]
        border = len(self.missing)
        missing, unseen = ({name: count for name, count in part if count} for part in (named[:border], named[border:]))
        return missing, unseen
