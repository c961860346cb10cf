"""What no state knows of is gone, and what it knows of is there."""

from pathlib import Path

import numpy as np
import pytest

from taskfusion.base.errors import StorageError
from taskfusion.watch.state.spool import Spool

KIND = np.dtype([("a", "<i4")])


def _rows(*values: int) -> bytes:
    return np.array([(one,) for one in values], dtype=KIND).tobytes()


def test_bytes_and_files_behind_the_state_are_cut_off(tmp_path: Path) -> None:
    spool = Spool(tmp_path, {})
    spool.append("x", _rows(1, 2))
    spool.sync()
    known = spool.lengths
    spool.append("x", _rows(3))
    spool.append("y", _rows(4))
    again = Spool(tmp_path, known)
    assert again.rows("x", KIND)["a"].tolist() == [1, 2]
    assert again.rows("y", KIND)["a"].tolist() == []
    again.append("x", _rows(5))
    assert again.rows("x", KIND)["a"].tolist() == [1, 2, 5]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_named(tmp_path: Path) -> None:
    spool = Spool(tmp_path, {})
    (tmp_path / "x").symlink_to("/dev/full")
    with pytest.raises(StorageError, match=r"x' cannot be written: No space left"):
        spool.append("x", _rows(1))
    assert spool.lengths == {}


def test_a_dropped_file_goes_with_the_state_that_does_not_know_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path, {})
    spool.append("x", _rows(1))
    spool.sync()
    known = spool.lengths
    spool.drop("x")
    spool.sync()
    assert Spool(tmp_path, known).rows("x", KIND)["a"].tolist() == [1], "killed before the state was written"
    spool.settle()
    assert not (tmp_path / "x").exists()


def test_a_file_that_comes_again_after_it_was_dropped_stays(tmp_path: Path) -> None:
    spool = Spool(tmp_path, {})
    spool.append("x", _rows(1))
    spool.drop("x")
    spool.drop("z")
    spool.settle()
    spool.append("x", _rows(2))
    assert spool.rows("x", KIND)["a"].tolist() == [2]
