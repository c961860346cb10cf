"""fusion.json holds the maps of explain unchanged."""

from pathlib import Path

from taskfusion.base.record import read_artifact, write_artifact
from taskfusion.run.record.fusion import FusionMaps
from variants.test_fusion_map import MAP


def test_what_is_written_is_read(tmp_path: Path) -> None:
    for levels in ((), (MAP,), (MAP, MAP)):
        write_artifact(tmp_path / "fusion.json", FusionMaps(levels=levels))
        assert read_artifact(tmp_path / "fusion.json", FusionMaps).levels == levels
