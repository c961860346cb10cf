"""Typed content of JSON files: strict, immutable, and the only way to read or write these files."""

from pathlib import Path
from typing import Any, Final, TypeVar

import pydantic
from pydantic import BaseModel, ConfigDict, Field

from taskfusion import __version__
from taskfusion.base.boundary import reading, unreadable
from taskfusion.base.deprecation import deprecated
from taskfusion.base.errors import RunError
from taskfusion.base.files import write_text
from taskfusion.base.format import FORMAT
from taskfusion.base.nearest import nearest_path

_LONGEST: Final = 1 << 28  # bytes of a JSON file that are read

EXPECTED: Final = "a file that taskfusion wrote"
"""Said of a file that cannot be read."""


class Record(BaseModel):
    """A part of a JSON file: an unknown key, a missing one, a value of another type, NaN and infinity are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    @deprecated(since="0.2", instead="an attribute, such as record.metrics")
    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  the value of any field
        """The value of a field; records were dictionaries.

        Raises:
            KeyError: there is no such field.
        """
        if name not in type(self).model_fields:
            raise KeyError(name)
        return getattr(self, name)


class Artifact(Record):
    """A whole JSON file."""

    format: int = Field(FORMAT, ge=FORMAT, le=FORMAT, description="Format of the file; all files have the same.")
    taskfusion: str = Field(__version__, description="Version that wrote the file.")


A = TypeVar("A", bound=Artifact)


def write_artifact(path: Path, content: Artifact) -> None:
    """Write a JSON file atomically."""
    write_text(path, content.model_dump_json(indent=1) + "\n")


def read_artifact(path: Path, kind: type[A]) -> A:
    """Read what write_artifact wrote.

    Raises:
        RunError: the file is missing, damaged, or of another version.
    """
    if not path.is_file():
        found = "is a directory" if path.is_dir() else f"is not there{nearest_path(path)}"
        raise RunError(f"'{path}' should be {EXPECTED}, but {found}")
    with reading(path, EXPECTED):
        content = read_bytes(path)
        require_format(path, content)
    return parse(path, kind, content)


def read_bytes(path: Path) -> bytes:
    """The content of a file of text, which is small."""
    size = path.stat().st_size
    if size > _LONGEST:
        raise unreadable(path, EXPECTED, f"it has {size:,} bytes")
    return path.read_bytes()


R = TypeVar("R", bound=BaseModel)


def parse(path: Path, kind: type[R], content: bytes | str) -> R:
    """A record from JSON text of a file.

    Raises:
        RunError: it is not the text of such a record; the message names the key.
    """
    with reading(path, EXPECTED):
        try:
            return kind.model_validate_json(content)
        except pydantic.ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(key) for key in first["loc"])
            raise unreadable(path, EXPECTED, f"{where}: {first['msg']}".removeprefix(": ")) from error


class _Format(BaseModel):
    format: Any = None


def require_format(path: Path, content: bytes) -> None:
    """Raises RunError where a file is of another format."""
    found = parse(path, _Format, content).format
    if found != FORMAT:
        raise RunError(
            f"'{path}' should be of format {FORMAT}, found {_shown(found)}: it was made by another version of "
            f"taskfusion; use that version, or make it again"
        )


def _shown(value: object) -> str:
    return repr(value)[:40]
