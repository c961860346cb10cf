"""A call that is not answered with predictions, and why, in words for people."""

from collections.abc import Collection
from reprlib import Repr
from typing import Final

import orjson

from taskfusion.base.nearest import did_you_mean

MALFORMED, UNUSABLE, TOO_LARGE = 400, 422, 413
"""HTTP statuses: no such document; a document whose content cannot be used; more than is taken."""

LATE: Final = 503
"""HTTP status of calls that waited too long, and of all that a healthy server will answer later."""


class RefusedError(Exception):
    """What the caller is told instead.

    Args:
        status: of HTTP.
        code: one word for programs.
        message: one sentence for people: what was expected, what was found.
        retry_seconds: when to try again; None: as it is, it will not work.
    """

    def __init__(self, status: int, code: str, message: str, retry_seconds: int | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.retry_seconds = status, code, retry_seconds
        self.message = one_line(message)

    def body(self) -> bytes:
        """JSON of it."""
        return orjson.dumps({"error": {"code": self.code, "message": self.message}})

    def protocol_body(self) -> bytes:
        """JSON of it as the Open Inference Protocol has errors."""
        return orjson.dumps({"error": self.message})


def malformed(message: str) -> RefusedError:
    """For a body that is no document of the kind."""
    return RefusedError(MALFORMED, "malformed", message)


def unusable(message: str) -> RefusedError:
    """For a document that does not say what is needed."""
    return RefusedError(UNUSABLE, "unusable", message)


def too_large(message: str) -> RefusedError:
    """For more than is taken at once."""
    return RefusedError(TOO_LARGE, "too_large", message)


def require_known(keys: Collection[str], known: Collection[str], what: str) -> None:
    """Raises RefusedError where an object has a key that means nothing."""
    for key in keys:
        if key not in known:
            near = did_you_mean(key, known) or f"; it may have {', '.join(known)}"
            raise unusable(f"{what} has the key {shown(key)}, which means nothing{near}")


def shown(value: object) -> str:
    """A value of the caller's in a message, cut short; what is left out of a large one is not looked at."""
    text = _SHORT.repr(value).encode("ascii", "backslashreplace").decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."


def one_line(message: str) -> str:
    """A sentence in which whatever callers sent is printable, and of which the middle is left out where it is long."""
    if not message.isprintable():
        message = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in message)
    return message if len(message) <= _BEGIN + _END else f"{message[:_BEGIN]} ... {message[-_END:]}"


_LONGEST: Final = 60
_SHORT: Final = Repr()
_SHORT.maxlevel, _SHORT.maxdict, _SHORT.maxlist, _SHORT.maxstring = 3, 6, 12, 120
_BEGIN, _END = 600, 200
