"""fusion.json holds the maps of explain unchanged."""

from pathlib import Path

from artifacts import require_strict
from taskfusion.run.record.fusion import FusionMaps
from variants.test_fusion_map import MAP


def test_what_is_written_is_read_and_nothing_else(tmp_path: Path) -> None:
    for levels in ((), (MAP,), (MAP, MAP)):
        require_strict(tmp_path / "fusion.json", FusionMaps(levels=levels))
