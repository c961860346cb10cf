"""What answers calls: a bundle with all that belongs to it, loaded once."""

import traceback
from pathlib import Path
from time import monotonic, perf_counter

import numpy as np
import numpy.typing as npt

from taskfusion.base.errors import TaskfusionError
from taskfusion.serve.order import parse_order
from taskfusion.serve.reference import reference_scores
from taskfusion.serve.worker.catalogue_file import read_catalogue
from taskfusion.serve.worker.counts import Counts
from taskfusion.serve.worker.document import written
from taskfusion.serve.worker.inference import Inference
from taskfusion.serve.worker.message import OK, Call, Kind, Reply
from taskfusion.serve.worker.model import Model
from taskfusion.serve.worker.ranking import Ranking, require_finite
from taskfusion.serve.worker.refusal import LATE, RefusedError, unusable
from taskfusion.serve.worker.served import served_features
from taskfusion.serve.worker.settings import ServedTask, Started, WorkerSettings


class Answerer:
    """Loads a bundle and answers calls.

    Args:
        settings: what it is started with.

    Raises:
        TaskfusionError: the bundle, the items or the order are not usable.
    """

    def __init__(self, settings: WorkerSettings) -> None:
        self.model = Model.load(Path(settings.bundle))
        names = self.model.prediction_names
        tasks = self.model.schema.tasks
        is_probability = [task.kind != "regression" for task in tasks for _ in task.prediction_names]
        own = self.model.engine.record.score or {names[0]: 1.0}
        self._weights = parse_order(settings.score, names) if settings.score else own
        items = settings.items
        self._catalogue = None if items is None else read_catalogue(Path(items), self.model, settings.item_id)
        reference = reference_scores(self.model.engine.path)
        self._counts = Counts(names, is_probability, reference)
        most = settings.most_candidates
        self._ranking = Ranking(self.model, self._catalogue, self._weights, most, self._counts, settings.unit)
        self._inference = Inference(self.model, settings.name, most, self._counts)
        probe = zip(names, self._probe().tolist(), strict=True)
        self._priors = {name: reference[name].mean if name in reference else one for name, one in probe}

    @property
    def started(self) -> Started:
        """What it says of itself."""
        return Started(
            bundle=self.model.engine.record.fingerprint,
            features=served_features(self.model.engine.path / "encoder", self.model.features),
            tasks=[ServedTask(name=t.name, columns=list(t.prediction_names)) for t in self.model.schema.tasks],
            ordered_by=dict(self._weights),
            items=None if self._catalogue is None else len(self._catalogue.items),
            item_id=None if self._catalogue is None else self._catalogue.column,
            items_begun=None if self._catalogue is None else self._catalogue.begun,
            priors=self._priors,
        )

    def reply(self, call: Call) -> Reply:
        """The answer to a call, or why there is none.

        Raises:
            MemoryError: the process is out of memory, and is to end.
        """
        start = perf_counter()
        try:
            body, json_length = self._answer(call)
            status = OK
        except Exception as error:
            status, body = _refusal(error, call.kind)
            json_length = 0
        return Reply(call.number, status, json_length, perf_counter() - start, body)

    def _answer(self, call: Call) -> tuple[bytes, int]:
        if monotonic() > call.expires:
            raise RefusedError(LATE, "waited_too_long", "the request waited longer than its deadline", 1)
        if call.kind is Kind.RANK:
            return self._ranking.answer(call.body, with_scored=call.with_scored)
        if call.kind is Kind.INFER:
            return self._inference.answer(call.body, call.json_length)
        if call.kind is Kind.COUNTS:
            return written({"bundle": self.model.engine.record.fingerprint, **self._counts.take()}), 0
        self._probe()
        return b"{}", 0

    def _probe(self) -> npt.NDArray[np.float32]:
        """Predictions [C] of one row of missing values, which takes the way of every request.

        Raises:
            RefusedError: the predictions are not finite.
        """
        raw, features = self.model.raw, self.model.features
        parts = {side: raw.rows([dict.fromkeys(raw.columns(names))], names, side) for side, names in features.items()}
        own = parts["candidate"] if features["candidate"] else None
        items = self.model.items(parts["item"])
        score_BC = self.model.score(parts["request"], items, np.zeros(1, dtype=np.int64), own)
        require_finite(score_BC)
        found: npt.NDArray[np.float32] = score_BC[0]
        return found


def _refusal(error: Exception, kind: Kind) -> tuple[int, bytes]:
    """Status and body; not made where the error was caught, whose frame the error holds: that would be a circle."""
    refused = _refused(error)
    return refused.status, refused.protocol_body() if kind is Kind.INFER else refused.body()


def _refused(error: Exception) -> RefusedError:
    """What a caller is told of an error; what is a defect of ours goes to the log."""
    if isinstance(error, RefusedError):
        return error
    if isinstance(error, TaskfusionError):
        return unusable(str(error))
    if isinstance(error, MemoryError):
        raise error  # nothing that this process still answers is to be relied on; another one takes its place
    if isinstance(error, RecursionError):
        return unusable("a value is nested too deeply")
    traceback.print_exception(error)
    return RefusedError(500, "internal", "a defect of taskfusion, of which its log says more")
