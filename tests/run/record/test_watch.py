"""watch.json: strict in every place."""

from pathlib import Path

from artifacts import require_strict
from watches import RECORD


def test_anything_else_is_refused_in_every_place(tmp_path: Path) -> None:
    require_strict(tmp_path / "watch.json", RECORD)
