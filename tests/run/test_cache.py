"""What was made is read again, and only where nothing that it depends on has changed."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from support import experiment
from taskfusion.base.errors import RunError
from taskfusion.run.cache import CachedPredictions, begin_own_cache, teachers_folder


def _never(*told: str) -> Any:
    raise AssertionError("it was made before")


def test_it_is_made_once(tmp_path: Path) -> None:
    one = CachedPredictions(tmp_path / "teachers", "trees-click", {"set": 0})
    assert one.read() is None
    made = np.array([0.5, np.nan], np.float64)
    np.testing.assert_array_equal(one.read_or_make(lambda: made, _never), made)
    np.testing.assert_array_equal(one.read_or_make(_never, _never), made)
    assert CachedPredictions(tmp_path / "teachers", "trees-click", {"set": 1}).read() is None


def test_nothing_is_kept_of_what_failed(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="made before"):
        CachedPredictions(tmp_path, "trees-click", {}).read_or_make(_never, _never)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no numbers"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    one = CachedPredictions(tmp_path, "trees-click", {})
    one.path.write_bytes(content)
    with pytest.raises(RunError, match=r"trees-click-.*\.safetensors' should be predictions of teachers.*; delete it"):
        one.read()


def test_changed_predictions_and_those_of_others_are_named(tmp_path: Path) -> None:
    one, other = (CachedPredictions(tmp_path, "trees-click", {"set": number}) for number in (0, 1))
    for cached in (one, other):
        cached.read_or_make(lambda: np.array([0.5, 0.25], np.float64), _never)
    content = one.path.read_bytes()
    for changed in (other.path.read_bytes(), content[:-1] + b"\1", content[:-4]):
        one.path.write_bytes(changed)
        with pytest.raises(RunError, match=r"trees-click-.*; delete it"):
            one.read()


def test_two_who_need_the_same_make_it_once(tmp_path: Path) -> None:
    one = CachedPredictions(tmp_path, "trees-click", {})
    made, growing, waiting = [0], threading.Event(), threading.Event()

    def make() -> Any:
        made[0] += 1
        growing.set()
        assert waiting.wait(30)
        return np.ones(3, np.float64)

    first = threading.Thread(target=one.read_or_make, args=(make, _never))
    first.start()
    assert growing.wait(30)
    np.testing.assert_array_equal(one.read_or_make(_never, lambda why: waiting.set()), np.ones(3))
    first.join()
    assert made == [1]
    assert list(tmp_path.iterdir()) == [one.path]


def test_the_folder_of_a_run_is_no_store(tmp_path: Path) -> None:
    begin_own_cache(tmp_path / "run")
    with pytest.raises(RunError, match="goes with it; name another directory with --teachers"):
        teachers_folder(
            experiment(distillation={"share": 0.5}).distillation, tmp_path / "run" / "teachers", tmp_path / "other"
        )
