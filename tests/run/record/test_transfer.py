"""transfer.json: strict in every place."""

from pathlib import Path

import pytest

from artifacts import require_strict
from taskfusion.base.errors import RunError
from taskfusion.base.record import read_artifact, write_artifact
from taskfusion.run.record.transfer import TransferRecord
from transfers import RECORD


def test_anything_else_is_refused_in_every_place(tmp_path: Path) -> None:
    require_strict(tmp_path / "transfer.json", RECORD)


def test_a_verdict_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "transfer.json"
    write_artifact(path, RECORD)
    path.write_text(path.read_text().replace('"harms"', '"hurts"'))
    with pytest.raises(RunError, match=r"transfer\.json.*verdict"):
        read_artifact(path, TransferRecord)
