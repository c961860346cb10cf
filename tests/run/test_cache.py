"""What was made is read again, and only where nothing that it depends on has changed."""

from pathlib import Path

import numpy as np
import pytest

from taskfusion.base.errors import RunError
from taskfusion.run.cache import CachedPredictions, Predicted


def _never() -> Predicted:
    raise AssertionError("it was made before")


def test_it_is_made_once(tmp_path: Path) -> None:
    one = CachedPredictions(tmp_path / "teachers", "trees-click", {"set": 0})
    assert one.read() is None
    made = np.array([0.5, np.nan], np.float32)
    np.testing.assert_array_equal(one.read_or_make(lambda: made), made)
    np.testing.assert_array_equal(one.read_or_make(_never), made)
    assert CachedPredictions(tmp_path / "teachers", "trees-click", {"set": 1}).read() is None


def test_nothing_is_kept_of_what_failed(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="made before"):
        CachedPredictions(tmp_path, "trees-click", {}).read_or_make(_never)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no numbers"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    one = CachedPredictions(tmp_path, "trees-click", {})
    one.path.write_bytes(content)
    with pytest.raises(RunError, match=r"trees-click-.*\.npy' is damaged: .*; delete it"):
        one.read()
