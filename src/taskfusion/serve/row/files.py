"""A fitted encoder's files, read without a table library that computes.

Axes: K keys, C codes.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from taskfusion.data.encoder_record import SavedHashing, SavedVocabulary
from taskfusion.serve.row.code import CodeLookup, HashedLookup, KeyType, VocabularyLookup

_KEY_TYPES: Final[Mapping[str, KeyType]] = {
    "int64": "Int64",
    "uint64": "UInt64",
    "string": "String",
    "large_string": "String",
}


def read_table(saved: SavedVocabulary | SavedHashing, directory: Path) -> CodeLookup:
    """What gives codes, from the record of a table and its file."""
    if isinstance(saved, SavedHashing):
        return HashedLookup(saved.num_buckets, saved.keys)
    column = _column(directory / saved.file, "key")
    return VocabularyLookup(column.to_pylist(), _KEY_TYPES[str(column.type)])


def read_frequencies(path: Path) -> list[float]:
    """The number of each code [C]."""
    found: list[float] = _column(path, "number").to_pylist()
    return found


def _column(path: Path, name: str) -> Any:  # noqa: ANN401  an Arrow column
    from pyarrow.parquet import ParquetFile  # when a file is read, never for a row

    with ParquetFile(path) as file:
        return file.read([name], use_threads=False).column(name)
