"""What answers calls: a bundle with all that belongs to it, loaded once."""

import traceback
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any

import numpy as np

from taskfusion.base.errors import TaskfusionError
from taskfusion.schema.feature import BagFeature, CategoricalFeature, Feature, NumericFeature
from taskfusion.serve.scorer import Scorer
from taskfusion.serve.worker.catalogue import Catalogue
from taskfusion.serve.worker.counts import Counts
from taskfusion.serve.worker.document import written
from taskfusion.serve.worker.inference import Inference
from taskfusion.serve.worker.message import Call, Kind, Reply
from taskfusion.serve.worker.model import Model
from taskfusion.serve.worker.order import parse_order
from taskfusion.serve.worker.ranking import Ranking, require_finite
from taskfusion.serve.worker.refusal import LATE, RefusedError, unusable
from taskfusion.serve.worker.settings import ServedFeature, ServedTask, Started, WorkerSettings

_OK = 200


class Answerer:
    """Loads a bundle and answers calls.

    Args:
        settings: what it is started with.

    Raises:
        TaskfusionError: the bundle, the items or the order are not usable.
    """

    def __init__(self, settings: WorkerSettings) -> None:
        self.scorer = Scorer.load(settings.bundle)
        self._model = Model(self.scorer)
        names = self._model.prediction_names
        tasks = self.scorer.schema.tasks
        is_probability = [task.kind != "regression" for task in tasks for _ in task.prediction_names]
        self._weights = parse_order(settings.score, names) if settings.score else {names[0]: 1.0}
        self._catalogue = (
            None if settings.items is None else Catalogue.load(Path(settings.items), self._model, settings.item_id)
        )
        self._counts = Counts(names, is_probability)
        most = settings.most_candidates
        self._ranking = Ranking(self._model, self._catalogue, self._weights, most, self._counts)
        self._inference = Inference(self._model, settings.name, most, self._counts)
        self._probe()

    @property
    def started(self) -> Started:
        """What it says of itself."""
        return Started(
            bundle=self.scorer.engine.record.fingerprint,
            features=self._features(),
            tasks=[ServedTask(name=t.name, columns=list(t.prediction_names)) for t in self.scorer.schema.tasks],
            ordered_by=dict(self._weights),
            items=None if self._catalogue is None else len(self._catalogue.items),
            item_id=None if self._catalogue is None else self._catalogue.column,
        )

    def reply(self, call: Call) -> Reply:
        """The answer to a call, or why there is none."""
        start = perf_counter()
        try:
            body, json_length = self._answer(call)
            status = _OK
        except Exception as error:
            refused = _refused(error)
            is_protocol = call.kind is Kind.INFER
            status, json_length = refused.status, 0
            body = refused.protocol_body() if is_protocol else refused.body()
        return Reply(call.number, status, json_length, perf_counter() - start, body)

    def _answer(self, call: Call) -> tuple[bytes, int]:
        if monotonic() > call.expires:
            raise RefusedError(LATE, "waited_too_long", "the request waited longer than its deadline", 1)
        if call.kind is Kind.RANK:
            return self._ranking.answer(call.body), 0
        if call.kind is Kind.INFER:
            return self._inference.answer(call.body, call.json_length)
        if call.kind is Kind.COUNTS:
            return written(self._counts.take()), 0
        self._probe()
        return b"{}", 0

    def _probe(self) -> None:
        """Score one row of missing values, which takes the way of every request.

        Raises:
            RefusedError: the predictions are not finite.
        """
        raw, features = self._model.raw, self._model.features
        parts = {side: raw.rows([dict.fromkeys(raw.columns(names))], names, side) for side, names in features.items()}
        own = parts["candidate"] if features["candidate"] else None
        items = self._model.items(parts["item"])
        require_finite(self._model.score(parts["request"], items, np.zeros(1, dtype=np.int64), own))

    def _features(self) -> list[ServedFeature]:
        found: dict[str, ServedFeature] = {}
        for side, names in self._model.features.items():
            for feature in self.scorer.schema.features:
                if feature.name in names:
                    described = self._described(feature, side)
                    found.setdefault(f"{side} {feature.source}", described)
        return list(found.values())

    def _described(self, feature: Feature, side: str) -> ServedFeature:
        is_list = isinstance(feature, BagFeature) or (isinstance(feature, NumericFeature) and feature.length)
        if isinstance(feature, NumericFeature) and not feature.length:
            kind = "number"
        elif isinstance(feature, CategoricalFeature | BagFeature):
            table: Any = self.scorer.encoder.tables[feature.table]
            kind = "string" if table.keys_are_texts else "integer"
        else:
            kind = "string"
        if is_list and feature.separator is not None:  # type: ignore[union-attr]
            return ServedFeature(column=feature.source, side=side, type="string", is_list=False)
        return ServedFeature(column=feature.source, side=side, type=kind, is_list=is_list)


def _refused(error: Exception) -> RefusedError:
    """What a caller is told of an error; what is a defect of ours goes to the log."""
    if isinstance(error, RefusedError):
        return error
    if isinstance(error, TaskfusionError):
        return unusable(str(error))
    traceback.print_exception(error)
    return RefusedError(500, "internal", "a defect of taskfusion, of which its log says more")
