"""Commands that are killed at any moment: the same command once more ends as if nothing had happened."""

import random
import time
from pathlib import Path
from typing import Any

import pytest

from commands import Command, lasting, leftovers, write_experiment
from support import SETTINGS

KILLS = 100
TEACHERS = {"distillation": {"share": 0.5, "folds": 2}, "lightgbm": {"num_rounds": 5}}
NAMES = ("train", "train with teachers", "tune", "compare", "export")


class Workshop:
    """Commands on one table, and what each leaves when it is not killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        quick: dict[str, Any] = {"training": {**SETTINGS["training"], "epochs": 2}}
        self.plain = write_experiment(folder, **quick)
        (folder / "taught").mkdir()
        self.taught = write_experiment(folder / "taught", **quick, **TEACHERS)
        self.known: dict[str, tuple[dict[str, Any], float]] = {}
        assert Command(["train", str(self.plain), "--out", str(folder / "run")], folder / "run.log").end() == 0

    def begin(self, name: str, place: Path) -> Command:
        arguments = {
            "train": ["train", self.plain, "--resume"],
            "train with teachers": ["train", self.taught, "--resume"],
            "tune": ["tune", self.plain, "--trials", 2],
            "compare": ["compare", self.taught, "--variants", "adatt-sp,lightgbm", "--seeds", 1],
            "export": ["export", self.folder / "run"],
        }
        log = self.folder / f"{place.name}.log"
        return Command([str(argument) for argument in (*arguments[name], "--out", place / "out")], log)

    def undisturbed(self, name: str) -> tuple[dict[str, Any], float]:
        if name not in self.known:
            command = self.begin(name, self.folder / f"alone {name}")
            assert command.end() == 0, command.printed
            begun, ended = command.span
            self.known[name] = lasting(self.folder / f"alone {name}"), ended - begun
        return self.known[name]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("workshop"))


def test_a_killed_command_ends_as_if_it_had_not_been(workshop: Workshop, fuzz_share: float) -> None:
    rng = random.Random(0)
    for number in range(round(KILLS * fuzz_share)):
        name = NAMES[number % len(NAMES)]
        left, seconds = workshop.undisturbed(name)
        place = workshop.folder / f"killed-{number}"
        for _ in range(rng.choice((1, 1, 2, 3))):
            command = workshop.begin(name, place)
            time.sleep(rng.uniform(0, 1.1 * seconds))
            command.process.kill()
            if command.end() >= 0:  # it was faster
                break
        command = workshop.begin(name, place)
        told = f"{number} {name}: {command.end()}\n{command.printed}"
        if name == "export" and command.end() == 2:  # it was whole before the kill
            assert "exists already" in command.printed, told
        else:
            assert command.end() == 0, told
        found = lasting(place)
        assert found.keys() == left.keys(), told
        assert [file for file in left if found[file] != left[file]] == [], told
        assert leftovers(place) == [], told
