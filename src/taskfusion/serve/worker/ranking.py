"""POST /v1/rank: one request's raw values and its candidates in, predictions and order out.

Axes: B candidates that are scored, C predictions, K the first of them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from taskfusion.serve.inputs import id_source
from taskfusion.serve.worker.candidates import ID, CandidateReader, Candidates
from taskfusion.serve.worker.catalogue import Catalogue
from taskfusion.serve.worker.counts import Counts, missing_values, unseen_values
from taskfusion.serve.worker.document import read_object, written
from taskfusion.serve.worker.model import Model
from taskfusion.serve.worker.refusal import LATE, RefusedError, require_known, shown, too_large, unusable
from taskfusion.serve.worker.scored import Scored

_KEYS: Final = ("request", "candidates", "top")
_ID_TYPES: Final = frozenset({int, str})


class Ranking:
    """Answers requests.

    Args:
        model: that scores.
        catalogue: of known items; None: candidates need raw values.
        weights: by prediction, of the sum that candidates are ordered by.
        most_candidates: that a request may have.
        counts: that every request is added to.
        unit: column of the request that says whose it is; None: it is not told.
    """

    def __init__(
        self,
        model: Model,
        catalogue: Catalogue | None,
        weights: Mapping[str, float],
        most_candidates: int,
        counts: Counts,
        unit: str | None = None,
    ) -> None:
        self._model, self._catalogue, self._counts = model, catalogue, counts
        self._reader = CandidateReader(model, catalogue)
        self._id_column = id_source(model.schema) if catalogue is None else catalogue.column
        self._most, self._unit = most_candidates, unit
        self._weight_C = np.asarray([weights.get(name, 0.0) for name in model.prediction_names])
        self._columns = list(model.raw.columns(model.features["request"]))

    def answer(self, body: bytes, *, with_scored: bool = False) -> tuple[bytes, int]:
        """JSON of the answer to a body, behind which Scored may stand, and then the length of the JSON, else 0.

        Raises:
            RefusedError: the body is none that can be answered.
            DataError: a value is none that its feature takes.
        """
        content = read_object(body, "the body")
        require_known(content, _KEYS, "the body")
        request, given = parts_of(content, self._most)
        encoded = self._model.raw.rows([request], self._model.features["request"], "request")
        candidates = self._reader.read(given)
        score_BC = self._score(encoded, candidates)
        by_B = (score_BC @ self._weight_C).astype(np.float32)
        order_K = np.argsort(-by_B, kind="stable")[: top_of(content)]
        missing = missing_values([request], self._columns)
        unseen = unseen_values(encoded, self._model.inputs["request"])
        self._counts.add_rows("request", 1, missing, unseen)
        self._counts.add_rows("candidate", len(by_B), candidates.missing, candidates.unseen)
        self._counts.add_rows("unknown", len(candidates.unknown), {}, {})
        self._counts.add_scores(score_BC)
        found: dict[str, Any] = {
            "bundle": self._model.engine.record.fingerprint,
            "order": candidates.place_B[order_K],
            "score": by_B[order_K],
            "predictions": dict(
                zip(self._model.prediction_names, np.ascontiguousarray(score_BC[order_K].T), strict=True)
            ),
            "counts": {
                "candidates": len(given),
                "scored": len(by_B),
                "missing": missing | candidates.missing,
                "unseen": unseen | candidates.unseen,
            },
        }
        if self._catalogue is not None:
            found["unknown"] = candidates.unknown
        answer = written(found)
        if not with_scored:
            return answer, 0
        ids = ids_of([given[place] for place in candidates.place_B.tolist()], self._id_column)
        unit = None if self._unit is None else request.get(self._unit)
        return answer + Scored(ids, order_K.astype(np.int32), by_B, score_BC.T, unit).packed(), len(answer)

    def _score(self, request: Any, candidates: Candidates) -> npt.NDArray[np.float32]:  # noqa: ANN401
        if not len(candidates.row_B):
            return np.zeros((0, len(self._model.prediction_names)), dtype=np.float32)
        score_BC = self._model.score(request, candidates.items, candidates.row_B, candidates.own)
        require_finite(score_BC)
        return score_BC


def require_finite(score_BC: npt.NDArray[np.float32]) -> None:
    """Raises RefusedError where a prediction is no number."""
    if not np.isfinite(score_BC).all():
        raise RefusedError(LATE, "not_finite", "a prediction of the model is not finite, so none is given")


def parts_of(content: Mapping[str, Any], most_candidates: int) -> tuple[dict[str, Any], list[Any]]:
    """The request and the candidates of a body.

    Raises:
        RefusedError: they are none.
    """
    request, given = content.get("request"), content.get("candidates")
    if not isinstance(request, dict):
        raise unusable(f"'request' should be an object of the raw values of user and context, found {shown(request)}")
    if not isinstance(given, list):
        raise unusable(f"'candidates' should be a list of ids or of objects of raw values, found {shown(given)}")
    if len(given) > most_candidates:
        raise too_large(f"'candidates' should be at most {most_candidates:,}, found {len(given):,}")
    return request, given


def ids_of(candidates: Sequence[Any], column: str | None) -> list[int | str | None]:
    """Of candidates, their ids; None for one that has none.

    Args:
        candidates: ids, or objects of raw values.
        column: of the ids in raw values; None: they hold none.
    """
    try:
        found = [one[ID] for one in candidates]
    except (KeyError, TypeError):
        found = [(one.get(ID, one.get(column)) if isinstance(one, dict) else one) for one in candidates]
    if _ID_TYPES.issuperset(map(type, found)):
        return found
    return [one if type(one) in _ID_TYPES else None for one in found]


def top_of(content: Mapping[str, Any]) -> int | None:
    """How many candidates are answered; None: all.

    Raises:
        RefusedError: it is no such number.
    """
    top = content.get("top")
    if type(top) is float and top.is_integer():  # JSON has one kind of number
        top = int(top)
    if top is not None and (type(top) is not int or top < 1):
        raise unusable(f"'top' should be a whole number of 1 and more, found {shown(top)}")
    return top
