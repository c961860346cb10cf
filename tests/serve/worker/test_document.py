"""JSON in and out."""

import numpy as np
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
