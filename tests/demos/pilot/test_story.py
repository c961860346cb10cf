from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from demos.pilot.prepare import Sizes
from demos.pilot.program import Programs
from demos.pilot.story import Story
from demos.pilot.teller import Teller
from taskfusion.run.record.ramp import RampRecord

STAGES = [SimpleNamespace(name=name) for name in ("shadow", "5", "20", "50")]


def at(stage: int) -> RampRecord:
    return cast(RampRecord, SimpleNamespace(stage=stage, stages=STAGES))


def test_the_catalogue_goes_wrong_once_at_night_before_the_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[tuple[str, ...]] = []
    monkeypatch.setattr(Programs, "run", lambda self, *arguments: commands.append(arguments))
    lines: list[str] = []
    story = Story(tmp_path, Sizes(), Teller(lines.append))
    for stage in (0, 1, 1, 2, 3):
        story._plant(at(stage))
        if stage == 0:
            assert commands == []
    assert [one[0] for one in commands] == ["catalogue"]
    assert "../items-of-the-new-system.parquet" in commands[0]
    assert sum("planted" in line for line in lines) == 1
