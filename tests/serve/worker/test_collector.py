"""What is loaded is left alone, and garbage in a circle still goes."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from taskfusion.serve.worker.collector import collect_rarely


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)
    gc.unfreeze()


class Circle:
    def __init__(self) -> None:
        self.me = self


def test_what_is_loaded_is_not_looked_through_again() -> None:
    collect_rarely()
    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold()[0] == 50_000


def test_circles_are_collected() -> None:
    collect_rarely()
    circle = weakref.ref(Circle())
    kept = [[] for _ in range(100_000)]  # type: ignore[var-annotated]
    assert circle() is None
    assert kept
