import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.data.prefetch import prefetch


@given(st.lists(st.none() | st.integers()))
def test_the_same_items_in_the_same_order(items: list[int | None]) -> None:
    assert list(prefetch(iter(items))) == items


def test_one_item_is_made_ahead_on_a_thread_of_its_own() -> None:
    made: list[int] = []
    second = threading.Event()
    threads = set()

    def items() -> Iterator[int]:
        for number in range(5):
            threads.add(threading.get_ident())
            made.append(number)
            yield number
            if number == 0:
                second.set()

    ahead = prefetch(items())
    assert next(ahead) == 0
    assert second.wait(10)
    ahead.close()
    assert made == [0, 1]
    assert threading.get_ident() not in threads


def test_an_error_comes_where_its_item_was_due() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("the second")

    ahead = prefetch(items())
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="the second"):
        next(ahead)


@pytest.mark.parametrize("taken", [0, 1, 3])
def test_no_thread_is_left(taken: int) -> None:
    before = threading.active_count()
    ahead = prefetch(iter(range(3)))
    for _ in range(taken):
        next(ahead)
    ahead.close()
    assert threading.active_count() == before


def test_ctrl_c_in_the_loop_ends_the_thread() -> None:
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        _interrupted()
    assert threading.active_count() == before


def _interrupted() -> None:
    for _ in prefetch(iter(range(100))):
        raise KeyboardInterrupt
