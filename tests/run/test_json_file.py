"""Files that are damaged are named, with what to do."""

from pathlib import Path

import pytest

from taskfusion.base.errors import RunError
from taskfusion.run.json_file import read_object


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file"),
        (b"\xff\xfe", "utf-8"),
        (b"{", "Expecting"),
        (b"[]", "no keys"),
        (b'{"a": 1}', "lacks b, c"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "facts.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RunError, match=f"facts.json.*{words}.*train again"):
        read_object(path, ("a", "b", "c"))


def test_an_object_with_its_keys_is_read(tmp_path: Path) -> None:
    (tmp_path / "facts.json").write_text('{"a": 1, "b": [2]}')
    assert read_object(tmp_path / "facts.json", ("a",)) == {"a": 1, "b": [2]}
