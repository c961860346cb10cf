"""The columns of trees in one safetensors file: what each is as JSON in its metadata, what it learned as arrays."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import Field
from safetensors import safe_open

from taskfusion.base.arrays import write_arrays
from taskfusion.base.boundary import reading
from taskfusion.base.record import Artifact, Record, parse, require_format
from taskfusion.trees.columns import (
    BagLength,
    BagMean,
    BagOccurrences,
    Column,
    IdCode,
    IdTable,
    PlainNumbers,
    TreeColumns,
)

COLUMNS: Final[Mapping[str, type[Any]]] = {
    "plain-numbers": PlainNumbers,
    "id-code": IdCode,
    "id-table": IdTable,
    "bag-length": BagLength,
    "bag-occurrences": BagOccurrences,
    "bag-mean": BagMean,
}
"""By the name that they have in files."""

_NAMES: Final = {kind: name for name, kind in COLUMNS.items()}
_ABOUT: Final = "about"
_VALUES: Final = "value_V"
_EXPECTED: Final = "the columns of trees"


class SavedColumn(Record):
    """One column, but for what it learned, which is the array INDEX.value_V."""

    kind: str = Field(description="A name of COLUMNS.")
    settings: dict[str, bool | int] = Field(description="Its fields that are no arrays.")


class SavedColumns(Artifact):
    """All columns."""

    columns: tuple[SavedColumn, ...] = Field(description="From left to right.")


def write_columns(path: Path, columns: TreeColumns) -> None:
    """Write a safetensors file, whole or not at all.

    Raises:
        StorageError: it cannot be written.
    """
    fields = [{field.name: getattr(one, field.name) for field in dataclasses.fields(one)} for one in columns.columns]  # type: ignore[arg-type]
    arrays = {f"{index}.{_VALUES}": found.pop(_VALUES) for index, found in enumerate(fields) if _VALUES in found}
    saved = [
        SavedColumn(kind=_NAMES[type(one)], settings=found) for one, found in zip(columns.columns, fields, strict=True)
    ]
    about = SavedColumns(columns=tuple(saved)).model_dump_json()
    write_arrays(path, arrays, {_ABOUT: about})


def read_columns(path: Path) -> TreeColumns:
    """Read what write_columns wrote.

    Raises:
        RunError: the file is missing or damaged, or of another version.
    """
    with reading(path, _EXPECTED), safe_open(path, framework="numpy") as file:
        about = file.metadata()[_ABOUT]
        require_format(path, about)
        arrays = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  not a mapping
        columns: list[Column] = []
        for index, saved in enumerate(parse(path, SavedColumns, about).columns):
            key = f"{index}.{_VALUES}"
            learned = {_VALUES: arrays[key]} if key in arrays else {}
            columns.append(COLUMNS[saved.kind](**saved.settings, **learned))
    return TreeColumns(tuple(columns))
