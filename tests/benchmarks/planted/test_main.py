"""The command counts into the page, and refuses what it does not know."""

from pathlib import Path

import pytest

import benchmarks.planted.__main__ as command
from benchmarks.planted.count import Found
from benchmarks.planted.world import FAULTS, World


def test_counts_stand_between_the_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text(command.PAGE.read_text())
    monkeypatch.setattr(command, "PAGE", page)
    monkeypatch.setattr(command, "look", lambda world, seeds, out: Found(None, world.seed, True))
    command.main(["clean", "--worlds", "3", "--seeds", "2", "--out", str(tmp_path)])
    assert "| no fault |  | 2 of 3 | 3 of 3 |" in page.read_text()


def test_every_fault_has_a_place_on_the_page() -> None:
    text = command.PAGE.read_text()
    assert all(text.count(f"<!-- {fault} -->") == text.count(f"<!-- end of {fault} -->") == 1 for fault in FAULTS)


def test_an_unknown_fault_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as found:
        command.main(["nothing"])
    assert found.value.code == 2
    assert "no fault is called 'nothing'" in capsys.readouterr().err


def test_a_world_suits_its_experiment() -> None:
    world = World("mixed-up", 0)
    columns = world.splits()["train"].collect_schema().names()
    experiment = world.experiment()
    assert {feature.name for feature in experiment.features} | set(experiment.table_schema.task_names) < set(columns)
