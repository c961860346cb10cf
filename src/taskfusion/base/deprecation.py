"""How a public function goes: first it says since when it is deprecated and what to use in its place."""

import functools
import inspect
import warnings
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def deprecated(*, since: str, instead: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A function that works as before, and warns whoever calls it; its docstring says so too.

    Args:
        since: the version that deprecates it, such as "0.2".
        instead: what to use in its place, such as "MultiTaskRanker.save".
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        note = f"deprecated since taskfusion {since}; use {instead} instead"

        @functools.wraps(function)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
            warnings.warn(f"{function.__qualname__} is {note}", DeprecationWarning, stacklevel=2)
            return function(*args, **kwargs)

        text = inspect.cleandoc(function.__doc__ or "")
        wrapped.__doc__ = f"{text}\n\n{note[0].upper()}{note[1:]}.".lstrip()
        return wrapped

    return decorate
