"""JSON in and out."""

from pathlib import Path

import numpy as np
import orjson
import pytest

from taskfusion.serve.worker.document import read_object, written
from taskfusion.serve.worker.refusal import RefusedError


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a": NaN}', b"[" * 100_000, b'{"a":1}x'])
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    with pytest.raises(RefusedError, match="should be JSON") as found:
        read_object(body, "the body")
    assert found.value.status == 400


@pytest.mark.parametrize("body", [b"[]", b"1", b"null", b'"x"'])
def test_what_is_no_object_is_unusable(body: bytes) -> None:
    with pytest.raises(RefusedError, match="the body should be a JSON object"):
        read_object(body, "the body")


def test_arrays_are_written_with_the_digits_that_tell_them_apart() -> None:
    assert written({"x": np.asarray([0.1], dtype=np.float32)}) == b'{"x":[0.1]}'


def test_a_lack_of_memory_is_no_fault_of_the_body(monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller was told that the body is no JSON, and the process went on."""
    message = "Not enough memory to allocate buffer for parsing"
    library = next(Path(orjson.__file__).parent.glob("orjson*.so"))
    assert message.encode() in library.read_bytes()

    def loads(_: bytes) -> None:
        raise orjson.JSONDecodeError(message, "", 0)

    monkeypatch.setattr(orjson, "loads", loads)
    with pytest.raises(MemoryError):
        read_object(b"{}", "the body")
