"""What was scored, in bulk counts that cost a request microseconds: missing and unseen values, scores by bucket.

Axes: B candidates, C predictions, K buckets.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import repeat
from operator import is_
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from taskfusion.data.rows import UNSEEN, EncodedRows
from taskfusion.serve.inputs import GraphInputs

_EXPONENTS: Final = range(-3, 5)
PROBABILITY_EDGES: Final = tuple(edge / 20 for edge in range(1, 20))
NUMBER_EDGES: Final = (0.0, *(step * 10.0**exponent for exponent in _EXPONENTS for step in (1, 2, 5)))
"""Upper edges of buckets: of what lies between 0 and 1, and of what may be any number."""


_ROWS: Final = 4096
"""Of predictions that are counted at a time, which takes a fraction of a millisecond."""


class Counts:
    """Counts since they were last taken.

    Args:
        columns: names of the predictions.
        is_probability: of each.
    """

    def __init__(self, columns: Sequence[str], is_probability: Sequence[bool]) -> None:
        self.columns = tuple(columns)
        is_probability_C = np.asarray(is_probability, dtype=bool)
        kinds = (is_probability_C, np.asarray(PROBABILITY_EDGES)), (~is_probability_C, np.asarray(NUMBER_EDGES))
        self._kinds = [(np.flatnonzero(is_kind_C), edges) for is_kind_C, edges in kinds if is_kind_C.any()]
        self._clear()

    def _clear(self) -> None:
        self._rows = Counter[str]()
        self._missing = Counter[str]()
        self._unseen = Counter[str]()
        self._buckets = [np.zeros(len(places) * (len(edges) + 1), dtype=np.int64) for places, edges in self._kinds]
        self._sums = np.zeros(len(self.columns))
        self._given: list[npt.NDArray[np.float32]] = []
        self._num_given = 0

    def add_rows(self, side: str, count: int, missing: dict[str, int], unseen: dict[str, int]) -> None:
        """Rows of the request, of items or of candidates that were scored."""
        self._rows[side] += count
        for total, counts in ((self._missing, missing), (self._unseen, unseen)):
            for name, one in counts.items():
                total[name] += one

    def add_scores(self, score_BC: npt.NDArray[np.float32]) -> None:
        """Predictions that were given, which are not changed any more; they are counted many at a time."""
        if len(score_BC):
            self._given.append(score_BC)
            self._num_given += len(score_BC)
        if self._num_given >= _ROWS:
            self._count()

    def _count(self) -> None:
        score_BC = np.concatenate(self._given) if self._given else np.zeros((0, len(self.columns)), dtype=np.float32)
        self._given, self._num_given = [], 0
        for (places, edges), buckets in zip(self._kinds, self._buckets, strict=True):
            first = np.arange(0, len(buckets), len(edges) + 1)
            buckets += np.bincount((edges.searchsorted(score_BC[:, places]) + first).ravel(), minlength=len(buckets))
        self._sums += score_BC.sum(axis=0, dtype=np.float64)

    def take(self) -> dict[str, Any]:
        """What was counted, which is then counted anew."""
        self._count()
        scores: dict[str, Any] = {}
        for (places, edges), buckets in zip(self._kinds, self._buckets, strict=True):
            for place, counts in zip(places.tolist(), buckets.reshape(len(places), -1).tolist(), strict=True):
                scores[self.columns[place]] = {
                    "edges": edges.tolist(),
                    "counts": counts,
                    "sum": self._sums[place].item(),
                }
        taken = {
            "rows": dict(self._rows),
            "missing": dict(self._missing),
            "unseen": dict(self._unseen),
            "scores": {name: scores[name] for name in self.columns},
        }
        self._clear()
        return taken


def unseen_values(rows: EncodedRows, inputs: GraphInputs) -> dict[str, int]:
    """Rows with a value that training never saw, by feature; features without any are left out."""
    layout, found = inputs.layout, dict[str, int]()
    if len(rows) == 1:
        codes = rows.ids_BF[0].tolist()
        found = {layout.id_names[place]: 1 for place in inputs.ids if codes[place] == UNSEEN}
        bags = [place for place in inputs.bags if UNSEEN in rows.bags[place][0].tolist()]
        return found | {layout.bag_names[place]: 1 for place in bags}
    if inputs.ids and (is_unseen_BF := rows.ids_BF == UNSEEN).any():
        count_F = np.count_nonzero(is_unseen_BF, axis=0).tolist()
        found = {layout.id_names[place]: count_F[place] for place in inputs.ids if count_F[place]}
    for place in inputs.bags:
        is_unseen_BL = rows.bags[place] == UNSEEN
        if is_unseen_BL.any():
            found[layout.bag_names[place]] = int(is_unseen_BL.any(axis=1).sum())
    return found


def missing_values(rows: Sequence[Any], columns: Iterable[str]) -> dict[str, int]:
    """Rows of raw values that lack a value, by column; columns without any are left out."""
    if len(rows) == 1:
        return {column: 1 for column in columns if rows[0].get(column, 0) is None}
    counts = {column: sum(map(is_, (row.get(column, 0) for row in rows), repeat(None))) for column in columns}
    return {column: count for column, count in counts.items() if count}
