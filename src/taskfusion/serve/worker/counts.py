"""What was scored, in bulk counts that cost a request microseconds: missing and unseen values, scores by bucket.

Axes: B candidates, C predictions, K buckets.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from operator import is_
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from taskfusion.data.rows import UNSEEN, EncodedRows
from taskfusion.serve.inputs import GraphInputs
from taskfusion.serve.reference import PROBABILITY_EDGES, ReferenceScores

_EXPONENTS: Final = range(-3, 5)
NUMBER_EDGES: Final = (0.0, *(step * 10.0**exponent for exponent in _EXPONENTS for step in (1, 2, 5)))
"""Upper edges of buckets of what may be any number, where a bundle has no reference.json."""


_ROWS: Final = 4096
"""Of predictions that are counted at a time, which takes a fraction of a millisecond."""


class Counts:
    """Counts since they were last taken.

    Args:
        columns: names of the predictions.
        is_probability: of each.
        reference: by prediction, what was counted of it at export, whose edges are taken.
    """

    def __init__(
        self, columns: Sequence[str], is_probability: Sequence[bool], reference: Mapping[str, ReferenceScores]
    ) -> None:
        self.columns = tuple(columns)
        places: dict[tuple[float, ...], list[int]] = {}
        for place, (name, is_its) in enumerate(zip(columns, is_probability, strict=True)):
            known = PROBABILITY_EDGES if is_its else NUMBER_EDGES
            edges = tuple(reference[name].histogram.edges) if name in reference else known
            places.setdefault(edges, []).append(place)
        self._groups = [(some, np.asarray(edges, dtype=np.float64)) for edges, some in places.items()]
        self._reference = {name: _known(reference[name]) for name in columns if name in reference}
        self._clear()

    def _clear(self) -> None:
        self._rows = Counter[str]()
        self._missing = Counter[str]()
        self._unseen = Counter[str]()
        self._buckets = [np.zeros(len(places) * (len(edges) + 1), dtype=np.int64) for places, edges in self._groups]
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
        for (places, edges), buckets in zip(self._groups, self._buckets, strict=True):
            first = np.arange(0, len(buckets), len(edges) + 1)
            buckets += np.bincount((edges.searchsorted(score_BC[:, places]) + first).ravel(), minlength=len(buckets))
        self._sums += score_BC.sum(axis=0, dtype=np.float64)

    def take(self) -> dict[str, Any]:
        """What was counted, which is then counted anew, and what the reference has of the same predictions."""
        self._count()
        scores: dict[str, Any] = {}
        for (places, edges), buckets in zip(self._groups, self._buckets, strict=True):
            for place, counts in zip(places, buckets.reshape(len(places), -1).tolist(), strict=True):
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
            "reference": self._reference,
        }
        self._clear()
        return taken


def _known(reference: ReferenceScores) -> dict[str, Any]:
    histogram = reference.histogram
    return {
        "edges": histogram.edges,
        "counts": histogram.counts,
        "sum": reference.mean * sum(histogram.counts),
    }


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
