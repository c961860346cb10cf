"""cost.json passes through a file unchanged, and what is no cost is refused."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from costs import record
from taskfusion.base.record import read_artifact, write_artifact
from taskfusion.run.record.cost import Amount, Bill, CostRecord


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_artifact(tmp_path / "cost.json", record())
    assert read_artifact(tmp_path / "cost.json", CostRecord) == record()


def test_nothing_costs_less_than_nothing() -> None:
    with pytest.raises(ValidationError):
        Bill(cpu_seconds=-1.0, cores=0.0, gb=0.0, money=0.0)
    with pytest.raises(ValidationError):
        Amount(value=1.0, repeats=0, source="")
