"""What can be wrong with the content of a file that taskfusion wrote, place by place."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from taskfusion.base.errors import RunError
from taskfusion.base.record import Artifact, read_artifact, write_artifact

A = TypeVar("A", bound=Artifact)
OTHER: list[Any] = [[[[]]]]
"""A value that no key has, but for those that may hold anything."""


def require_strict(path: Path, content: A, free: tuple[str, ...] = ()) -> None:
    """The file reads back as it was written, and with anything else in any place it is refused by its name.

    Args:
        path: the file to write.
        content: the more of its parts are filled, the better.
        free: keys whose values may be anything.
    """
    write_artifact(path, content)
    assert read_artifact(path, type(content)) == content
    whole = json.loads(path.read_text(encoding="utf-8"))
    required = [key for key, field in type(content).model_fields.items() if field.is_required()]
    changed = [*_changes(whole, free), *({key: whole[key] for key in whole if key != lost} for lost in required)]
    for one in changed:
        path.write_text(json.dumps(one), encoding="utf-8")
        with pytest.raises(RunError, match=path.name):
            read_artifact(path, type(content))


def _changes(whole: dict[str, Any], free: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Copies with one value of another type, or one key more."""
    for place in _places(whole, (), free):
        found = copy.deepcopy(whole)
        inner: Any = found
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = OTHER
        yield found


def _places(part: Any, place: tuple[str | int, ...], free: tuple[str, ...]) -> Iterator[tuple[str | int, ...]]:
    """Where values stand, and where a key more could stand."""
    inside = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in inside:
        yield (*place, key)
        if key not in free:
            yield from _places(value, (*place, key), free)
    if isinstance(part, dict):
        yield (*place, "a key that nobody wrote")
