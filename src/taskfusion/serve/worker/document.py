"""JSON that callers send, and JSON that they get."""

from typing import Any, Final

import orjson

from taskfusion.serve.worker.refusal import malformed, shown, unusable

_OPTIONS: Final = orjson.OPT_SERIALIZE_NUMPY
_NO_MEMORY: Final = "Not enough memory"


def read_object(body: bytes, what: str) -> dict[str, Any]:
    """A JSON object.

    Raises:
        RefusedError: the body is none.
        MemoryError: there is no memory for it, of which orjson tells as of a fault of the body.
    """
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if error.msg.startswith(_NO_MEMORY):
            raise MemoryError from error
        raise malformed(f"the body should be JSON, but is not: {error}") from error
    if not isinstance(found, dict):
        raise unusable(f"{what} should be a JSON object, found {shown(found)}")
    return found


def written(content: dict[str, Any]) -> bytes:
    """JSON of an answer; float32 numbers have as many digits as tell them apart."""
    return orjson.dumps(content, option=_OPTIONS)
