"""Copies of fitted rankers."""

import copy
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support import experiment, log_table
from taskfusion import MultiTaskRanker
from taskfusion.base.errors import RunError
from taskfusion.ranker.fitted import Fitted


@pytest.fixture(scope="module")
def ranker() -> MultiTaskRanker:
    return MultiTaskRanker(experiment()).fit(log_table(600))


@pytest.mark.parametrize("copied", [copy.deepcopy, copy.copy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_has_a_run_of_its_own(ranker: MultiTaskRanker, copied: Callable[[Any], Any], tmp_path: Path) -> None:
    table = log_table(30, 3)
    ranker.save(tmp_path / "run")
    original = MultiTaskRanker.load(tmp_path / "run")
    made = copied(original)
    shutil.rmtree(tmp_path / "run")
    assert made.predict(table).equals(ranker.predict(table))
    assert (made.metrics, made.report) == (ranker.metrics, ranker.report)
    made.save(tmp_path / "copy")
    assert MultiTaskRanker.load(tmp_path / "copy").predict(table).equals(ranker.predict(table))


def test_a_ranker_whose_run_is_gone_is_not_copied(ranker: MultiTaskRanker, tmp_path: Path) -> None:
    ranker.save(tmp_path / "run")
    original = MultiTaskRanker.load(tmp_path / "run")
    shutil.rmtree(tmp_path / "run")
    with pytest.raises(RunError, match="is gone, so the ranker cannot be copied"):
        pickle.dumps(original)


def test_an_unfitted_ranker_is_copied_too() -> None:
    ranker = MultiTaskRanker(experiment(), verbose=0)
    assert pickle.loads(pickle.dumps(ranker)).get_params() == ranker.get_params()


def test_a_temporary_run_goes_with_the_last_that_needs_it(ranker: MultiTaskRanker, tmp_path: Path) -> None:
    ranker.save(tmp_path / "run")
    files = Fitted.load(tmp_path / "run").files()
    restored = Fitted.restore(files)
    path = restored.run.path
    assert restored.files() == files
    del restored
    assert not path.exists()
