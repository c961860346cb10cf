"""A reference survives JSON."""

from pathlib import Path

from taskfusion.watch.reference.record import WatchReference
from watch.worlds import reference


def test_a_reference_survives_json(tmp_path: Path) -> None:
    found = reference(tmp_path / "reference", count=2000).reference
    assert WatchReference.model_validate_json(found.model_dump_json()) == found
