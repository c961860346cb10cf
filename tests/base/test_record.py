"""Typed JSON files: what is written is read, all else is refused by name."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from taskfusion.base.errors import RunError
from taskfusion.base.format import FORMAT
from taskfusion.base.record import Artifact, read_artifact, write_artifact


class Note(Artifact):
    """A file with every kind of value."""

    name: str
    number: int
    share: float | None
    parts: list[dict[str, float]]


NOTE = Note(name="é", number=2**40, share=0.1 + 0.2, parts=[{"a": 1e-300}, {}])


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_artifact(tmp_path / "note.json", NOTE)
    assert read_artifact(tmp_path / "note.json", Note) == NOTE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["note.json"]


def _changed(**changes: object) -> str:
    text = NOTE.model_dump_json()
    for key, value in changes.items():
        old = f'"{key}":{NOTE.model_dump_json(include={key}).removeprefix(f"""{{"{key}":""")[:-1]}'
        assert old in text
        text = text.replace(old, f'"{key}":{value}')
    return text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "is not there"),
        (b"", "should be a file"),
        (b"\xff\xfe", "should be a file"),
        (b"[]", "should be a file"),
        (b"[" * 100_000, "should be a file"),
        (b'{"format": ' + b"9" * 4000 + b"}", f"format {FORMAT}, found 9999"),
        (b'{"format": ' + b"9" * 5000 + b"}", "should be a file"),
        (b"{}", f"format {FORMAT}, found None"),
        (_changed(format=FORMAT - 1).encode(), "another version"),
        (_changed(format='"3"').encode(), "another version"),
        (_changed(number="1.5").encode(), "number"),
        (_changed(number='"7"').encode(), "number"),
        (_changed(number="7" * 5000).encode(), "number"),
        (_changed(share="NaN").encode(), "share"),
        (_changed(share="1e999").encode(), "share"),
        (_changed(name="null").encode(), "name"),
        (_changed(parts='[{"a": "x"}]').encode(), r"parts\.0\.a"),
        (_changed(name='"a", "more": 1').encode(), "more"),
        (NOTE.model_dump_json(exclude={"share"}).encode(), "share"),
        (NOTE.model_dump_json().encode()[:-3], "should be a file"),
    ],
)
def test_anything_else_is_refused_by_name(content: bytes | None, words: str, tmp_path: Path) -> None:
    path = tmp_path / "note.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RunError, match=words) as found:
        read_artifact(path, Note)
    assert "note.json" in str(found.value)
    assert len(str(found.value)) < 600


def test_records_do_not_change() -> None:
    with pytest.raises(ValidationError):
        NOTE.name = "other"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Note(name="a", number=1, share=float("nan"), parts=[])


def test_fields_are_read_as_of_a_dictionary_with_a_warning() -> None:
    with pytest.warns(DeprecationWarning, match=r"deprecated since taskfusion 0\.2; use an attribute"):
        assert NOTE["number"] == NOTE.number
    with pytest.warns(DeprecationWarning, match="attribute"), pytest.raises(KeyError, match="model_dump"):
        NOTE["model_dump"]
