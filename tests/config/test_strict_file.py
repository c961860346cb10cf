"""Small files are read as strictly as the experiment."""

from pathlib import Path

import pytest

from taskfusion.base.errors import ExperimentError
from taskfusion.config.strict_file import parse_strict, read_strict
from taskfusion.schema.spec import Spec


class _Two(Spec):
    first: int
    second: str = "b"


def test_content_is_read(tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text("first: 3\n")
    assert read_strict(tmp_path / "two.yaml", _Two, "file of two", "write one") == _Two(first=3)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "'here' should hold the keys first, second, but holds no keys at all"),
        ({"first": "x"}, "here: first: should be a whole number, found 'x'"),
        ({"first": 1, "secnd": "x"}, "did you mean 'second'"),
    ],
)
def test_what_is_wrong_is_named(content: object, message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        parse_strict(content, _Two, "here")


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"no file of two can be read at .*; write one"):
        read_strict(tmp_path / "none.yaml", _Two, "file of two", "write one")
