"""Why a model did not answer."""

from enum import StrEnum


class Reason(StrEnum):
    """Words for answers, metrics and the log."""

    DEADLINE = "deadline"
    LOST = "lost"
    NOT_FINITE = "not_finite"
    OPEN = "open"
    OVERLOADED = "overloaded"
    DEFECT = "defect"
    DIFFERENT = "different"
    STALE = "stale"

    @property
    def sentence(self) -> str:
        """It in words."""
        return _SENTENCES[self]


_SENTENCES = {
    Reason.DEADLINE: "the process that scores did not answer in time",
    Reason.LOST: "the process that scores ended, and another one is being started",
    Reason.NOT_FINITE: "a prediction of the model is not finite",
    Reason.OPEN: "it failed so often of late that it is not asked for a while",
    Reason.OVERLOADED: "more requests wait than it can answer in time",
    Reason.DEFECT: "a defect of taskfusion, of which its log says more",
    Reason.STALE: "its items are older than their limit",
    Reason.DIFFERENT: "its bundles scored different candidates",
}


class UnansweredError(Exception):
    """A model did not answer; another one may.

    Args:
        reason: why.
        retry_seconds: until it may answer again, in whole seconds.
    """

    def __init__(self, reason: Reason, retry_seconds: int = 1) -> None:
        super().__init__(reason.sentence)
        self.reason, self.retry_seconds = reason, retry_seconds
