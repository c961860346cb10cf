"""watch.yaml: strict, with paths from where it lies."""

from pathlib import Path

import pytest
import yaml

from taskfusion.base.errors import ExperimentError
from taskfusion.config.watch import read_watch
from watch.worlds import World


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    settings, kpis = read_watch(World(tmp_path).begin())
    assert settings.decisions == str(tmp_path / "decisions")
    assert settings.references == (str(tmp_path / "reference"),)
    assert kpis["click"].name == "clicks"


@pytest.mark.parametrize(
    ("key", "value"), [("state", None), ("outcome", "x"), ("check_seconds", 0), ("references", [])]
)
def test_what_is_not_right_is_named(tmp_path: Path, key: str, value: object) -> None:
    path = World(tmp_path).begin()
    content = yaml.safe_load(path.read_text()) | {key: value}
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(ExperimentError, match=key):
        read_watch(path)
