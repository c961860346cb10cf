"""choices.json is read as it was written, or not at all."""

from pathlib import Path

from artifacts import require_strict
from taskfusion.run.record.preset import PresetRecord, TriedChange

CHANGE = TriedChange(
    name="layers twice as wide", settings={"network.level_dims": [[8]]}, value=0.8, before=0.9, kept=True
)
RECORD = PresetRecord(
    preset="auto", rows=5, start={"training.epochs": 40}, criterion="relative_loss", changes=(CHANGE,)
)


def test_what_is_written_is_read_and_nothing_else(tmp_path: Path) -> None:
    require_strict(tmp_path / "choices.json", RECORD, free=("start", "settings"))
