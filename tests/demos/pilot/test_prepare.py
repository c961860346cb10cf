import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from demos.pilot.crowd import Crowd
from demos.pilot.prepare import FILES, TASKS, Sizes, make_models, write_items
from demos.pilot.program import Programs
from taskfusion.config.charter import read_charter
from taskfusion.config.experiment import read_experiment
from taskfusion.config.ramp import read_ramp
from taskfusion.config.roi import read_roi
from taskfusion.config.routes import read_routes
from taskfusion.config.traffic import read_traffic
from taskfusion.config.watch import read_watch
from taskfusion.datasets.simulate.settings import FeedSettings


def test_the_files_are_what_commands_read(tmp_path: Path) -> None:
    experiment = read_experiment(FILES / "experiment.yaml")
    assert [task.name for task in experiment.tasks] == list(TASKS)
    charter, kpis = read_charter(FILES / "charter.yaml")
    assert kpis["long_view"].role == "success"
    assert [Path(one).name for one in read_routes(FILES / "routes.yaml").primary.directories] == list(TASKS)
    ramp = read_ramp(FILES / "ramp.yaml")
    deciding = ramp.stages[ramp.deciding or 0]
    assert (deciding.percent, deciding.days) == (charter.percent, charter.days)
    assert ramp.candidate.items == str(FILES / "catalogue")
    _, watched = read_watch(FILES / "watch.yaml")
    assert set(watched) < set(TASKS)
    assert read_traffic(FILES / "traffic.yaml").candidates > 0
    assert {one.kpi for one in read_roi(FILES / "roi.yaml").kpis} <= set(kpis)


def test_the_other_system_has_other_codes_of_the_same_items(tmp_path: Path) -> None:
    settings = FeedSettings(rows=1_000, num_users=500, num_items=500, days=3)
    write_items(Crowd(settings, date(2026, 3, 2), visits=1, candidates=1), tmp_path)
    items = pl.read_parquet(tmp_path / "items.parquet")
    other = pl.read_parquet(tmp_path / "items-of-the-new-system.parquet")
    assert items.schema == other.schema
    same = ["item_id", "duration_seconds"]
    assert items.select(same).equals(other.select(same))
    assert not set(items["category"]) & set(other["category"])
    assert not set(items["item_tags"].explode()) & set(other["item_tags"].explode())
    assert (other["author_id"] - items["author_id"] == 1).all()


class Recorded(Programs):
    """Takes commands, and does nothing but make what they would."""

    commands: list[tuple[str, ...]]

    def run(self, *arguments: str, allowed: object = None) -> dict[str, object]:
        self.commands.append(arguments)
        (self.folder / arguments[arguments.index("--out") + 1]).mkdir(parents=True, exist_ok=True)
        return {}


def test_models_that_are_there_are_not_made_again(tmp_path: Path) -> None:
    programs = Recorded(tmp_path, tmp_path / "logs")
    programs.commands = []
    make_models(programs, Sizes(settings=("training.epochs=1",)))
    assert [one[0] for one in programs.commands] == ["simulate", "compare", *["export"] * 5]
    assert "long_view=0.05" in programs.commands[0]
    assert "training.epochs=1" in programs.commands[1]
    shutil.rmtree(tmp_path / "incumbents" / "like")
    programs.commands = []
    make_models(programs, Sizes())
    assert [one[0] for one in programs.commands] == ["compare", "export"]
    assert programs.commands[-1][1] == "compared/single-task/seed-0/like"


def test_a_command_that_fails_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(Recorded):
        def run(self, *arguments: str, allowed: object = None) -> dict[str, object]:
            if arguments[0] == "export":
                raise OSError("full")
            return super().run(*arguments)

    programs = Failing(tmp_path, tmp_path / "logs")
    programs.commands = []
    with pytest.raises(OSError, match="full"):
        make_models(programs, Sizes())
