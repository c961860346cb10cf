"""Predictions made beforehand, put together with those that models give.

Axes: B candidates that were scored, C predictions, K the first of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import time
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson

from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.base.nearest import did_you_mean
from taskfusion.config.routes import Batch
from taskfusion.serve.router.batch_scores import BatchScores
from taskfusion.serve.router.merge import without_top
from taskfusion.serve.worker.document import written
from taskfusion.serve.worker.message import OK, Reply
from taskfusion.serve.worker.refusal import RefusedError
from taskfusion.serve.worker.scored import Scored
from taskfusion.serve.worker.settings import ServedTask

Floats = npt.NDArray[np.float32]

BATCH: Final = "batch"
ONLINE: Final = "online"
PRIOR: Final = "prior"
"""Sources of predictions."""

_MOST_AHEAD_SECONDS: Final = 300
"""By which clocks of two machines may differ."""


@dataclass(frozen=True)
class Sources:
    """Where the predictions of an answer come from.

    Attributes:
        counts: by task, candidates by source.
        bundle: fingerprint of the model that scored the batch.
        age_seconds: of the batch.
        is_stale: whether it is too old, and nothing of it was used.
    """

    counts: Mapping[str, Mapping[str, int]]
    bundle: str
    age_seconds: float
    is_stale: bool

    @property
    def batch_tasks(self) -> tuple[str, ...]:
        """Tasks of which a prediction came from the batch."""
        return tuple(task for task, counts in self.counts.items() if BATCH in counts)

    def document(self) -> dict[str, Any]:
        """As answers have it."""
        age = {"bundle": self.bundle, "age_hours": round(self.age_seconds / 3600, 3), "is_stale": self.is_stale}
        return {"sources": self.counts, "batch": age}


@dataclass(frozen=True)
class Asked:
    """A request, as models are asked.

    Attributes:
        body: for all candidates where their order may change, else as it came.
        unit: whose it is; None: not known.
        top: candidates that are answered where the body does not say it any more; None: as it says.
        is_preferred: whether predictions made beforehand are taken where a model answers too.
    """

    body: bytes
    unit: object
    top: int | None
    is_preferred: bool


class Hybrid:
    """Takes predictions of some tasks from a table that is looked up.

    Args:
        settings: which tasks, and when.
        scores: the table.
        tasks: of the models.
        clock: seconds since 1970.
    """

    def __init__(
        self, settings: Batch, scores: BatchScores, tasks: Sequence[ServedTask], clock: Callable[[], float] = time
    ) -> None:
        self.settings, self.scores, self._clock = settings, scores, clock
        self._tasks = tasks
        self._begun = scores.table.begun.timestamp()
        self._is_preferred = any(use == "prefer" for use in settings.tasks.values())
        if self.age_seconds < -_MOST_AHEAD_SECONDS:
            raise RunError(
                f"'{settings.scores}' was begun at {scores.table.begun}, which is yet to come; set the clocks of the "
                f"machine that scored and of this one right"
            )

    @property
    def age_seconds(self) -> float:
        """Since scoring began."""
        return self._clock() - self._begun

    @property
    def most_age_seconds(self) -> float:
        """Up to which they are used."""
        return 3600 * self.settings.most_age_hours

    @property
    def is_stale(self) -> bool:
        """Whether the predictions are too old to be used."""
        return self.age_seconds > self.most_age_seconds

    def asked(self, body: bytes, request: Mapping[str, Any], unit: object) -> Asked:
        """What models are asked.

        Args:
            body: as it came.
            request: raw values of it; empty where it is none, of which its answer tells.
            unit: whose it is; None: not known.
        """
        is_here = all(request.get(column) in values for column, values in self.settings.where.items())
        if not (self._is_preferred and is_here) or self.is_stale:
            return Asked(body, unit, None, is_preferred=False)
        try:
            whole, top = without_top(body) if b'"top"' in body else (body, None)
        except RefusedError:
            return Asked(body, unit, None, is_preferred=False)
        return Asked(whole, unit, top, is_preferred=True)

    def mixed(
        self, reply: Reply, names: Sequence[str], weights: Mapping[str, float], asked: Asked
    ) -> tuple[Reply, Sources]:
        """A model's answer with the predictions that are preferred, in the order of the sums that they give.

        Args:
            reply: with what was scored behind its JSON.
            names: of its predictions, in the order of what was scored.
            weights: by prediction, of the sum that candidates are ordered by.
            asked: what it answers.
        """
        scored = Scored.take(reply.body[reply.json_length :])
        value_CB = np.full(scored.prediction_CB.shape, np.nan, dtype=np.float32)
        is_fresh = not self.is_stale  # as it is now: a limit that passes while a model answers holds
        if asked.is_preferred:
            if is_fresh:
                self._fill(value_CB, asked.unit, scored.ids, names, ("prefer",))
            reply = recomposed(reply, scored, value_CB, names, weights, asked.top)
        return reply, self._sources(value_CB, names, ONLINE, is_stale=not is_fresh)

    def alone(
        self, reply: Reply, names: Sequence[str], weights: Mapping[str, float], top: int | None
    ) -> tuple[Reply | None, Sources]:
        """An answer where no model gives one.

        Args:
            reply: of the last resort to a request for all candidates, whose predictions are used where the table has
                none; those that are not to be used are NaN.
            names: of its predictions.
            weights: by prediction, of the sum that candidates are ordered by.
            top: candidates that are answered; None: all.

        Returns:
            The answer, where the table is not too old, has some of it, and leaves no prediction open that is NaN; and
            where predictions come from.
        """
        scored = Scored.take(reply.body[reply.json_length :])
        value_CB = np.full(scored.prediction_CB.shape, np.nan, dtype=np.float32)
        is_stale = self.is_stale
        if not is_stale:
            self._fill(value_CB, scored.unit, scored.ids, names, ("prefer", "fallback"))
        is_open_CB = np.isnan(value_CB)
        is_none = is_open_CB.all() or np.isnan(scored.prediction_CB[is_open_CB]).any()
        bundle = self.scores.table.bundle
        answer = None if is_none else recomposed(reply, scored, value_CB, names, weights, top, bundle)
        return answer, self._sources(value_CB, names, PRIOR, is_stale=is_stale)

    def _fill(
        self, value_CB: Floats, unit: object, ids: Sequence[object], names: Sequence[str], uses: Sequence[str]
    ) -> None:
        """Put what the table has in the rows of tasks with such a use."""
        table = self.scores.table
        found_CB = self.scores.values(unit, list(ids))
        for task in self._tasks:
            if self.settings.tasks.get(task.name) in uses:
                row_C = [table.predictions.index(column) for column in task.columns]
                is_whole_B = np.isfinite(found_CB[row_C]).all(axis=0)
                value_CB[[names.index(column) for column in task.columns]] = np.where(
                    is_whole_B, found_CB[row_C], np.float32(np.nan)
                )

    def _sources(self, value_CB: Floats, names: Sequence[str], other: str, *, is_stale: bool) -> Sources:
        counts: dict[str, dict[str, int]] = {}
        for task in self._tasks:
            value_B = value_CB[names.index(task.columns[0])]
            from_batch = int(np.isfinite(value_B).sum())
            both = {BATCH: from_batch, other: len(value_B) - from_batch}
            counts[task.name] = {source: count for source, count in both.items() if count}
        return Sources(counts, self.scores.table.bundle, max(0.0, self.age_seconds), is_stale)


def columns_of(settings: Batch, tasks: Sequence[ServedTask]) -> list[str]:
    """Columns of predictions that a table has to have.

    Args:
        settings: which tasks are taken from it.
        tasks: of the models.

    Raises:
        ExperimentError: a task is none of theirs.
    """
    columns = {task.name: task.columns for task in tasks}
    other = next((name for name in settings.tasks if name not in columns), None)
    if other is not None:
        near = did_you_mean(other, columns)
        raise ExperimentError(f"batch: '{other}' should be a task of the model, {', '.join(columns)}{near}")
    return [column for name in settings.tasks for column in columns[name]]


def recomposed(
    reply: Reply,
    scored: Scored,
    value_CB: Floats,
    names: Sequence[str],
    weights: Mapping[str, float],
    top: int | None,
    bundle: str | None = None,
) -> Reply:
    """An answer to a request for all candidates with other predictions in it.

    Args:
        reply: the answer.
        scored: what stands behind its JSON.
        value_CB: the other predictions; NaN: as they were.
        names: of the predictions.
        weights: by prediction, of the sum that candidates are ordered by.
        top: candidates that are answered; None: all.
        bundle: that the answer names in place of its own; None: its own.
    """
    document = orjson.loads(reply.body[: reply.json_length])
    place_B = np.sort(np.asarray(document["order"], np.int32))
    prediction_CB = np.where(np.isnan(value_CB), scored.prediction_CB, value_CB)
    weight_C = np.asarray([weights.get(name, 0.0) for name in names])
    score_B = (weight_C @ prediction_CB).astype(np.float32)
    order_K = np.argsort(-score_B, kind="stable")[:top].astype(np.int32)
    document |= {
        "bundle": bundle or document["bundle"],
        "order": place_B[order_K],
        "score": score_B[order_K],
        "predictions": dict(zip(names, np.ascontiguousarray(prediction_CB[:, order_K]), strict=True)),
    }
    answer = written(document)
    packed = replace(scored, order_K=order_K, score_B=score_B, prediction_CB=prediction_CB).packed()
    return Reply(reply.number, OK, len(answer), reply.seconds, answer + packed)
