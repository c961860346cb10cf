"""Whatever is written for a later command has one format, and says it."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

import taskfusion
from taskfusion.base.format import FORMAT
from taskfusion.base.record import Artifact

for found in pkgutil.walk_packages(taskfusion.__path__, "taskfusion."):
    importlib.import_module(found.name)


def _kinds(base: type[Artifact]) -> Iterator[type[Artifact]]:
    """Every kind of file that the package writes."""
    for kind in base.__subclasses__():
        if kind.__module__.startswith("taskfusion."):
            yield kind
        yield from _kinds(kind)


KINDS = list(_kinds(Artifact))


def _faults(kind: type[Artifact], found: object) -> list[str]:
    """The keys at fault in a file that holds nothing but its format."""
    try:
        kind.model_validate({"format": found})
    except ValidationError as error:
        return [str(fault["loc"][0]) for fault in error.errors()]
    return []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("other", [FORMAT - 1, FORMAT + 1, str(FORMAT), None])
def test_a_file_of_another_format_is_refused_whatever_its_kind(kind: type[Artifact], other: object) -> None:
    assert "format" in _faults(kind, other)
    assert "format" not in _faults(kind, FORMAT)


def test_there_are_files() -> None:
    assert {kind.__name__ for kind in KINDS} >= {"Manifest", "EncoderRecord", "ScorerRecord"}
