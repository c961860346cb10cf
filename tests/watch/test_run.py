"""A watch end to end: counts are those of a plain join, harm is found, and a kill loses and doubles nothing."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
import yaml

from fused import Fused, older
from support import log_table
from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.base.record import read_artifact
from taskfusion.config.watch import read_watch
from taskfusion.run.record.alarms import AlarmRecord
from taskfusion.run.record.watch import WatchRecord, WindowReading
from taskfusion.watch import run
from taskfusion.watch.period import read_period
from taskfusion.watch.run import Watch
from watch.worlds import START, World, reference
from watched import NOW, alarm


def step(path: Path) -> WatchRecord:
    """One look at the logs."""
    with Watch.opened(*read_watch(path)) as opened:
        return opened.step()


def history(folder: Path) -> list[WindowReading]:
    """All full windows, in the order in which they were found."""
    lines = [line for file in sorted((folder / "state" / "history").glob("windows-*")) for line in file.open()]
    return [WindowReading.model_validate_json(line) for line in lines]


def test_counts_are_those_of_a_plain_join(tmp_path: Path) -> None:
    world = World(tmp_path)
    path = world.begin()
    frames = [world.hours(hour, 2, 800) for hour in (0, 2)]
    first = step(path)
    frames.append(world.hours(4, 2, 800, bundle="unknown"))
    found = step(path)
    assert (found.decisions, found.outcomes, found.unmatched) == (4800, 28_800, 0)
    assert first.decisions == 3200
    opened = [one for one in found.windows if not one.is_full]
    for name in ("click", "like"):
        for country in (None, "jp", "us", "de"):
            segment = None if country is None else f"country={country}"
            whole = pl.concat(frames[:2])
            whole = whole if country is None else whole.filter(pl.col("country") == country)
            windows = [one for one in [*history(tmp_path), *opened] if (one.task, one.segment) == (name, segment)]
            assert sum(one.rows for one in windows) == whole.height
            assert sum(one.positives for one in windows) == whole[name].sum()
            predicted = sum(one.rows * one.predicted for one in windows)
            assert predicted == pytest.approx(whole[f"prediction.{name}"].cast(pl.Float64).sum())
    assert {one.bundle for one in found.windows} == {"abc"}, "nobody knows the other model"
    assert sum(one.requests for one in found.traffic) == 4800


def test_harm_is_found_and_said(tmp_path: Path) -> None:
    world = World(tmp_path)
    path = world.begin(60_000)
    world.hours(0, 3, 1500)
    assert step(path).alarms == []
    world.hours(3, 6, 1500, predicted={"click": 1.2})
    found = step(path)
    alarm = found.alarms[0]
    assert (alarm.name, alarm.task, alarm.kpi, alarm.bundle) == ("calibration", "click", "clicks", "abc")
    assert (alarm.action, alarm.severity) == ("roll back", "page")
    assert [one.cause for one in found.harm] == ["predictions"]
    assert read_artifact(tmp_path / "state" / "alarms.json", AlarmRecord).alarms == found.alarms
    assert read_artifact(tmp_path / "state" / "watch.json", WatchRecord) == found


def test_a_new_reference_ends_what_was_found_against_the_old_one(tmp_path: Path) -> None:
    world = World(tmp_path)
    path = world.begin(60_000)
    world.hours(0, 6, 1500, predicted={"click": 1.2})
    before = step(path)
    assert [one.name for one in before.alarms] == ["calibration"]
    shutil.rmtree(tmp_path / "reference")
    reference(tmp_path / "reference", seed=1)
    after = step(path)
    assert (after.alarms, after.windows, after.decisions) == ([], [], before.decisions)
    assert [one.name for one in read_period(tmp_path / "state").ended] == ["calibration"]
    world.hours(6, 1, 900)
    assert sum(one.rows for one in step(path).windows if (one.task, one.segment) == ("click", None)) > 0


def test_labels_count_when_they_are_mature_and_late_ones_are_named(tmp_path: Path) -> None:
    world = World(tmp_path, delays={"click": 0.0, "like": 0.5})
    path = world.begin()
    shown = world.hours(0, 2, 200)
    first = {one.task: one for one in step(path).labels}
    assert first["click"].matured > 0.9
    assert first["like"].matured == 0
    world.hours(16, 1, 50)
    shown.head(40).select("id", "candidate", "time", "country", "click", "like").write_parquet(
        tmp_path / "outcomes" / "z.parquet"
    )
    second = {one.task: one for one in step(path).labels}
    assert second["like"].shown == shown.height
    assert (second["click"].late, second["like"].late) == (40, 0)


def test_a_state_is_that_of_its_settings(tmp_path: Path) -> None:
    world = World(tmp_path)
    path = world.begin()
    world.hours(0, 1, 50)
    step(path)
    kpis = (tmp_path / "kpi.yaml").read_text()
    (tmp_path / "kpi.yaml").write_text(kpis.replace("delay_days: 0.0", "delay_days: 2.0"))
    with pytest.raises(RunError, match="another directory"):
        step(path)
    (tmp_path / "kpi.yaml").write_text(kpis.replace("task: ", "task: other_"))
    with pytest.raises(ExperimentError, match="click"):
        step(path)


def test_an_alarm_that_is_over_stands_in_the_history_as_it_was_at_its_worst(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path)
    path = world.begin()
    world.hours(0, 1, 50)
    looks = [[alarm(value=9.5), alarm(task="like")], [alarm(value=20.0), alarm(task="like")], [alarm(task="like")]]
    for found in looks:
        monkeypatch.setattr(run, "judge", lambda *_, found=found, **__: (found, []))
        last = step(path)
    (over,) = read_period(tmp_path / "state").ended
    assert (over.task, over.value, over.since) == ("click", 20.0, NOW)
    assert over.until == max(NOW, last.data_until or NOW)
    assert [one.task for one in last.alarms] == ["like"]
    assert last.ended == [], "watch run keeps them in the history alone"
    # A state of before there was a history of alarms.
    state = tmp_path / "state" / "state.json"
    content = json.loads(state.read_text())
    assert content.pop("worst")
    state.write_text(json.dumps(content))
    monkeypatch.setattr(run, "judge", lambda *_, **__: ([], []))
    step(path)
    assert [one.task for one in read_period(tmp_path / "state").ended] == ["click", "like"]


_PROGRAM = """
import sys
from pathlib import Path
from taskfusion.config.watch import read_watch
from taskfusion.watch import run
run._COMMIT_SECONDS = 0.0
with run.Watch.opened(*read_watch(Path(sys.argv[1]))) as opened:
    print("begun", flush=True)
    opened.step()
"""


def test_a_killed_watch_loses_and_doubles_nothing(tmp_path: Path) -> None:
    world, calm = World(tmp_path / "killed"), World(tmp_path / "calm")
    for one in (world, calm):
        one.folder.mkdir()
        one.begin()
        for hour in range(2):
            one.hours(hour, 1, 60)
    path = world.folder / "watch.yaml"
    for seconds in (0.02, 0.1, 0.4):
        with subprocess.Popen([sys.executable, "-c", _PROGRAM, str(path)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(seconds)
            os.kill(process.pid, signal.SIGKILL)
    step(path)
    step(calm.folder / "watch.yaml")
    one, other = (json.loads((folder.folder / "state" / "state.json").read_text()) for folder in (world, calm))
    for key in ("lanes", "windows", "traffic", "latest", "num_decisions", "num_outcomes", "history"):
        assert one[key] == other[key], key
    assert history(world.folder) == history(calm.folder)


def test_gates_are_read_from_the_outcome_log_and_told_until_they_are_back(fused: Fused, tmp_path: Path) -> None:
    world = World(tmp_path)
    path = world.begin()
    content = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump(content | {"references": [str(fused.reference)]}))

    def outcomes(table: pl.DataFrame, hour: int) -> None:
        place = range(table.height)
        named = table.drop("time").with_columns(
            id=pl.Series([f"{hour}-{one // 4}" for one in place]),
            candidate=pl.Series([str(one % 4) for one in place]),
            time=pl.Series([START + timedelta(hours=hour, seconds=one) for one in place]),
        )
        named.write_parquet(tmp_path / "outcomes" / f"{hour:02}.parquet")

    outcomes(older(log_table(600, seed=1)), 0)
    found = step(path)
    alarms = [one for one in found.alarms if one.name == "gate_drift"]
    assert alarms
    assert {(one.action, one.severity, one.remedy) for one in alarms} == {("look", "ticket", "gate-drift")}
    assert {one.task for one in alarms} <= {"click", "seconds", "reaction"}
    assert "dead_expert" not in {one.name for one in found.alarms}
    assert step(path).edges == found.edges, "as it was left"
    outcomes(log_table(1000, seed=2), 2)
    found = step(path)
    assert "gate_drift" not in {one.name for one in found.alarms}
    ended = read_period(tmp_path / "state").ended
    assert {one.task for one in ended if one.name == "gate_drift"} == {one.task for one in alarms}
