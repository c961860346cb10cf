"""What is packed comes out the same, in whatever pieces it arrives."""

import io

from hypothesis import given
from hypothesis import strategies as st

from taskfusion.serve.worker.message import NO_LIMIT, Call, Kind, Reply

BODIES = st.binary(max_size=300)
REPLIES = st.builds(
    Reply, st.integers(0, 2**64 - 1), st.integers(0, 599), st.integers(0, 2**32 - 1), st.floats(0, 1e9), BODIES
)
CALLS = st.builds(
    Call, st.integers(0, 2**64 - 1), st.sampled_from(Kind), st.integers(0, 2**32 - 1), st.just(NO_LIMIT), BODIES
)


@given(st.lists(CALLS, max_size=4))
def test_calls_come_out_as_they_went_in(calls: list[Call]) -> None:
    stream = io.BytesIO(b"".join(call.packed() for call in calls))
    assert [Call.read(stream) for _ in calls] == calls
    assert Call.read(stream) is None


@given(CALLS, st.integers(1, 10))
def test_half_a_call_is_none(call: Call, lost: int) -> None:
    assert Call.read(io.BytesIO(call.packed()[:-lost])) is None


@given(st.lists(REPLIES, max_size=4), st.integers(1, 50))
def test_replies_come_out_as_they_went_in(replies: list[Reply], size: int) -> None:
    content, buffer, found = b"".join(reply.packed() for reply in replies), bytearray(), []
    for start in range(0, len(content), size):
        buffer += content[start : start + size]
        while (reply := Reply.take(buffer)) is not None:
            found.append(reply)
    assert found == replies
    assert not buffer
