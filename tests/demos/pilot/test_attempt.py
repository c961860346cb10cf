from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from demos.pilot import attempt
from demos.pilot.attempt import Attempt, alarm_words
from demos.pilot.prepare import FILES
from demos.pilot.program import FailedError, Programs
from demos.pilot.season import Season
from taskfusion.config.charter import read_charter
from taskfusion.config.ramp import read_ramp
from taskfusion.config.watch import read_watch
from taskfusion.run.record.alarms import Alarm


def written(folder: Path, number: int) -> Attempt:
    found = Attempt(Programs(folder, folder / "logs"), cast(Season, None), number, lambda _: None)
    found.write_files(4711)
    return found


def test_each_try_has_files_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "kpi.yaml").write_bytes((FILES / "kpi.yaml").read_bytes())
    for number in (1, 2):
        written(tmp_path, number)
    ramps = [read_ramp(tmp_path / f"ramp-{number}.yaml") for number in (1, 2)]
    charters = [read_charter(Path(ramp.charter))[0] for ramp in ramps]
    watches = [read_watch(tmp_path / f"watch-{number}.yaml")[0] for number in (1, 2)]
    assert charters[0].name != charters[1].name
    for ramp, watch in zip(ramps, watches, strict=True):
        assert ramp.server == "http://127.0.0.1:4711"
        assert ramp.alarms == f"{watch.state}/alarms.json"
        assert ramp.outcomes == watch.outcomes
        assert Path(watch.decisions).is_dir()
    assert watches[0].decisions != watches[1].decisions
    assert watches[0].state != watches[1].state


def test_a_file_that_lost_a_line_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("charter", "ramp", "watch"):
        text = (FILES / f"{name}.yaml").read_text(encoding="utf-8")
        (tmp_path / f"{name}.yaml").write_text(text.replace("127.0.0.1:8001", "somewhere"), encoding="utf-8")
    monkeypatch.setattr(attempt, "FILES", tmp_path)
    with pytest.raises(FailedError, match=r"ramp.*should hold '127\.0\.0\.1:8001'"):
        written(tmp_path, 1)


def test_an_alarm_in_words() -> None:
    alarm = Alarm(
        name="calibration",
        task="like",
        kpi="like",
        feature=None,
        segment=None,
        bundle=None,
        since=datetime.now(UTC),
        severity="page",
        action="roll back",
        value=20,
        limit=12,
        remedy="calibration",
    )
    assert alarm_words(alarm) == "calibration of like: roll back (runbook: calibration)"
    assert alarm_words(alarm.model_copy(update={"task": None})) == "calibration: roll back (runbook: calibration)"
