"""Whatever a reader raises becomes a sentence with the file's name."""

from pathlib import Path

import polars as pl
import pytest

from taskfusion.base.boundary import reading
from taskfusion.base.errors import DataError, RunError


@pytest.mark.parametrize(
    "error", [OSError("no such file"), KeyError("a"), MemoryError(), RecursionError("deep"), BaseException("panicked")]
)
def test_errors_of_readers_name_the_file(error: BaseException) -> None:
    words = r"'a\.bin' should be a file of a, but cannot be read \(.+\); make it again$"
    with pytest.raises(RunError, match=words), reading(Path("a.bin"), "a file of a", "make it again"):
        raise error


def test_the_panic_of_a_library_is_an_error(tmp_path: Path) -> None:
    """The class of panics is no Exception."""
    panic = pl.exceptions.PanicException
    assert not issubclass(panic, Exception)
    with pytest.raises(RunError, match="index out of bounds"), reading(tmp_path, "a table"):
        raise panic("index out of bounds")


@pytest.mark.parametrize("error", [DataError("a column"), KeyboardInterrupt(), SystemExit(3)])
def test_our_own_errors_and_stops_pass(error: BaseException) -> None:
    with pytest.raises(type(error)) as found, reading(Path("a.bin"), "a file of a"):
        raise error
    assert found.value is error


def test_long_words_are_cut() -> None:
    with pytest.raises(RunError) as found, reading(Path("a.bin"), "a file of a"):
        raise ValueError("x " * 10_000)
    assert len(str(found.value)) < 600
