"""The next item is made on a thread while the present one is used."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def prefetch(items: Iterator[T]) -> Generator[T]:
    """The same items in the same order, one of them made ahead.

    An error of the items is raised where the item was due. Closed early, it waits for the item that is being made and
    makes no further one.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="prefetch") as thread:
        coming = thread.submit(_next, items)
        while found := coming.result():
            coming = thread.submit(_next, items)
            yield found[0]


def _next(items: Iterator[T]) -> tuple[T] | None:
    """The next item in a tuple, None at the end."""
    for item in items:
        return (item,)
    return None
