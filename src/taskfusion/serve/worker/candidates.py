"""The candidates of a request: items of the catalogue by their ids, or objects of raw values.

Axes: B candidates that are scored.
"""

from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from taskfusion.data.rows import EncodedRows
from taskfusion.serve.worker.catalogue import Catalogue
from taskfusion.serve.worker.counts import missing_values, unseen_values
from taskfusion.serve.worker.model import Items, Model
from taskfusion.serve.worker.raw import Row
from taskfusion.serve.worker.refusal import shown, unusable

ID: Final = "id"
"""Key of the id of a candidate that has values of its own as well."""

_IDS: Final = frozenset({int, str})
_A: Final = "a candidate"


@dataclass(frozen=True)
class Candidates:
    """The candidates of one request.

    Attributes:
        items: of which they are.
        row_B: their rows.
        own: features of request and candidate together; None: the model has none.
        place_B: their places in the request.
        unknown: ids that the catalogue lacks, which are not scored.
        missing: values that are null, by column.
        unseen: candidates with values that training never saw, by feature.
    """

    items: Items
    row_B: npt.NDArray[np.int64]
    own: EncodedRows | None
    place_B: npt.NDArray[np.int64]
    unknown: list[int | str]
    missing: dict[str, int]
    unseen: dict[str, int]


class CandidateReader:
    """Reads the candidates of requests.

    Args:
        model: that scores them.
        catalogue: of known items; None: candidates need raw values.
    """

    def __init__(self, model: Model, catalogue: Catalogue | None) -> None:
        self._model, self._catalogue = model, catalogue
        self._own_columns = list(model.raw.columns(model.features["candidate"]))
        self._item_columns = list(model.raw.columns(model.features["item"]))

    def read(self, given: list[Any]) -> Candidates:
        """The candidates of a request.

        Raises:
            RefusedError: one is neither an id nor an object, or lacks a value.
            DataError: a value is none that its feature takes.
        """
        row_N = self._rows(given)
        raw, unknown, place_B = list[int](), list[int | str](), np.arange(len(row_N))
        if (row_N < 0).any():
            absent = np.flatnonzero(row_N < 0).tolist()
            raw = [place for place in absent if self._is_whole(given[place])]
            is_scored_N = row_N >= 0
            is_scored_N[raw] = True
            place_B = np.flatnonzero(is_scored_N)
            unknown = [_id_of(given[place]) for place in absent if not is_scored_N[place]]
        items, row_B, missing, unseen = self._items(given, row_N, raw, place_B)
        own = None
        if self._own_columns:
            values = [given[place] for place in place_B.tolist()] if unknown else given
            _require_objects(values, self._own_columns)
            own = self._model.raw.rows(values, self._model.features["candidate"], _A)
            missing |= missing_values(values, self._own_columns)
            unseen |= unseen_values(own, self._model.inputs["candidate"])
        return Candidates(items, row_B, own, place_B, unknown, missing, unseen)

    def _rows(self, given: list[Any]) -> npt.NDArray[np.int64]:
        """Rows of the catalogue; -1 where it lacks the candidate."""
        if self._catalogue is None:
            _require_objects(given, self._item_columns)
            return np.full(len(given), -1)
        if (ids := _plain_ids(given)) is not None:
            return self._catalogue.ids.rows(ids)
        named = [None if isinstance(one, dict) and ID not in one else _id_of(one) for one in given]
        return self._catalogue.ids.rows(named)

    def _is_whole(self, candidate: object) -> bool:
        """Whether a candidate that the catalogue lacks has the values of an item."""
        if not isinstance(candidate, dict):
            return False
        return self._catalogue is None or ID not in candidate or all(name in candidate for name in self._item_columns)

    def _items(
        self, given: list[Any], row_N: npt.NDArray[np.int64], raw: list[int], place_B: npt.NDArray[np.int64]
    ) -> tuple[Items, npt.NDArray[np.int64], dict[str, int], dict[str, int]]:
        """Items, rows of the candidates that are scored, their missing values by column, and unseen ones by feature."""
        if not raw and self._catalogue is not None:
            row_B = row_N[place_B]
            return self._catalogue.items, row_B, *self._catalogue.counts(row_B)
        values: list[Row] = [given[place] for place in raw]
        items = self._model.items(self._model.raw.rows(values, self._model.features["item"], _A))
        counts = missing_values(values, self._item_columns), unseen_values(items.encoded, self._model.inputs["item"])
        named = np.flatnonzero(row_N >= 0)
        row_N[raw] = np.arange(len(raw))
        if self._catalogue is not None and len(named):
            known = self._catalogue.items.rows(row_N[named])
            for mine, theirs in zip(counts, self._catalogue.counts(row_N[named]), strict=True):
                mine.update({name: mine.get(name, 0) + count for name, count in theirs.items()})
            row_N[named] = len(raw) + np.arange(len(named))
            items = items.followed_by(known)
        return items, row_N[place_B], *counts


def _id_of(candidate: object) -> int | str:
    found = candidate.get(ID) if isinstance(candidate, dict) else candidate
    if type(found) not in _IDS:
        raise unusable(
            f"a candidate should be an id of the catalogue, a text or a whole number, or an object of raw values, "
            f"found {shown(found)}"
        )
    return found  # type: ignore[return-value]


def _plain_ids(given: list[Any]) -> list[Any] | None:
    """The ids of candidates that are ids, or objects with an id each; None where some are neither, or a mixture."""
    kinds = set(map(type, given))
    if kinds == {dict}:
        try:
            given = list(map(itemgetter(ID), given))
        except KeyError:
            return None
        kinds = set(map(type, given))
    return given if kinds <= _IDS else None


def _require_objects(candidates: list[Any], columns: list[str]) -> None:
    if set(map(type, candidates)) - {dict}:
        found = next(one for one in candidates if type(one) is not dict)
        raise unusable(
            f"a candidate should be an object with {', '.join(columns)}, found {shown(found)}; ids alone suffice "
            f"where the server was started with --items and no feature belongs to request and candidate together"
        )
