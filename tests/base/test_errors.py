"""Whatever people can act on is one family of errors."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import taskfusion
from taskfusion.base.errors import TaskfusionError

INTERNAL = {"SqlError", "StoppedTrialError"}
"""Raised and caught inside: a fault of a text of SQL, which whoever parses it names; the end of one trial."""


def _defined() -> Iterator[type[Exception]]:
    """Every exception that the package defines."""
    for found in pkgutil.walk_packages(taskfusion.__path__, "taskfusion."):
        module = importlib.import_module(found.name)
        for one in vars(module).values():
            if inspect.isclass(one) and issubclass(one, Exception) and one.__module__ == module.__name__:
                yield one


def test_every_error_for_people_can_be_caught_as_one() -> None:
    others = {one.__name__ for one in _defined() if not issubclass(one, TaskfusionError)}
    assert others == INTERNAL


def test_public_errors_have_one_meaning_each() -> None:
    """Two that are caught by name never hold each other, so that the order of except clauses does not matter."""
    public = [getattr(taskfusion, name) for name in taskfusion.__all__ if name.endswith("Error")]
    for one in public:
        assert [other for other in public if issubclass(one, other) and other not in (one, TaskfusionError)] == []
