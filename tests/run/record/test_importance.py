from pathlib import Path

import pytest

from taskfusion.base.errors import RunError
from taskfusion.base.record import read_artifact, write_artifact
from taskfusion.evaluate.comparison import Interval
from taskfusion.evaluate.importance import FeatureImportance
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.importance import Importances


def test_it_passes_through_its_file_unchanged(tmp_path: Path) -> None:
    one = FeatureImportance(feature="age", tasks={"click": Interval(mean=0.1, low=0.0, high=1.0)})
    written = Importances(rows=200, repeats=5, features=(one,))
    write_artifact(RunDirectory(tmp_path).importance, written)
    assert (
        read_artifact(tmp_path / "importance.json", Importances) == RunDirectory(tmp_path).read_importance() == written
    )


def test_a_run_without_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"importance\.json"):
        RunDirectory(tmp_path).read_importance()
