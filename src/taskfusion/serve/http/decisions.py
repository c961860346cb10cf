"""From what was answered to rows of the decision log."""

from typing import Final

from taskfusion.config.decisions import DecisionSettings
from taskfusion.serve.decision.record import Decision
from taskfusion.serve.decision.writer import DecisionCounts, DecisionLog
from taskfusion.serve.http.log import Log
from taskfusion.serve.router.dispatch import Answered
from taskfusion.serve.router.router import BATCH, LAST_RESORT
from taskfusion.serve.worker.message import OK

_MICROSECONDS: Final = 1_000_000


class Recorder:
    """The observer of a Dispatch that logs what was answered, the answers of a shadow included.

    Args:
        settings: of the log.
        source: name of this server.
        log: that is told what goes wrong.

    Raises:
        StorageError: the directory cannot be written to.
    """

    def __init__(self, settings: DecisionSettings, source: str, log: Log) -> None:
        self._log = DecisionLog(settings, source, lambda sentence: log.tell("decisions", message=sentence))

    @property
    def counts(self) -> DecisionCounts:
        """Of decisions, which go on counting."""
        return self._log.counts

    def __call__(self, answered: Answered) -> None:
        """Log a request that was answered with predictions, where it is in the sample."""
        if answered.answer.reply.status == OK and self._log.wants(answered.id):
            self._log.put(decision_of(answered))

    def close(self) -> None:
        """Write all that waits, and return when it is Parquet."""
        self._log.close()


def decision_of(answered: Answered) -> Decision:
    """The decision of a request whose reply has Scored behind its JSON."""
    answer, reply, sources = answered.answer, answered.answer.reply, answered.sources
    batch_tasks = () if sources is None else sources.batch_tasks
    return Decision(
        id=answered.id,
        time_us=int(answered.time * _MICROSECONDS),
        names=answer.names,
        scored=reply.body[reply.json_length :],
        tier=answer.tier,
        arm=answered.arm,
        reason=answer.reason,
        bundle=answer.version,
        model_seconds=None if answer.tier in (BATCH, LAST_RESORT) else reply.seconds,
        batch_age_hours=sources.age_seconds / 3600 if sources is not None and batch_tasks else None,
        batch_tasks=batch_tasks or None,
    )
