"""Commands that are begun for one directory at nearly one time: one wins, the other is told so and changes nothing."""

import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from commands import Command, lasting, leftovers, write_experiment
from support import SETTINGS

PAIRS = 50
KINDS = {
    ("train", "train"): 14,
    ("compare", "compare"): 10,
    ("tune", "tune"): 6,
    ("train", "compare"): 4,
    ("compare", "train"): 4,
    ("predict", "predict"): 4,
    ("export", "export"): 3,
    ("train", "tune"): 2,
    ("tune", "train"): 1,
    ("tune", "compare"): 2,
}
ALREADY_DONE_SECONDS = 2.0
"""A command has given back its lock, but still prints; another reads its file before it asks for the lock."""

TAKEN = ("is being written by", "exists already", "exists and is no comparison", "exists and holds no studies")


@dataclass
class Undisturbed:
    """What a command leaves when it is alone, and the seconds that it takes."""

    left: dict[str, Any]
    seconds: float


class House:
    """A folder with tables, an experiment and a run, and what each command leaves there undisturbed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.experiment = write_experiment(folder, training={**SETTINGS["training"], "epochs": 2})
        self.known: dict[str, Undisturbed] = {}
        assert self.begin("train", folder / "run", folder / "run.log").end() == 0

    def begin(self, kind: str, out: Path, log: Path) -> Command:
        variants = ["--variants", "adatt-sp"]
        arguments = {
            "train": ["train", self.experiment, "--out", out],
            "compare": ["compare", self.experiment, "--out", out, *variants, "--seeds", 2],
            "tune": ["tune", self.experiment, "--out", out, *variants, "--trials", 2],
            "export": ["export", self.folder / "run", "--out", out],
            "predict": ["predict", self.folder / "run", "--data", self.folder / "train.parquet", "--out", out],
        }
        return Command([str(argument) for argument in arguments[kind]], log)

    def undisturbed(self, kind: str) -> Undisturbed:
        if kind not in self.known:
            place = self.folder / f"alone-{kind}"
            command = self.begin(kind, place / self.target(kind), self.folder / f"{kind}.log")
            assert command.end() == 0, command.printed
            begun, ended = command.span
            self.known[kind] = Undisturbed(lasting(place), ended - begun)
        return self.known[kind]

    @staticmethod
    def target(kind: str) -> str:
        return "out.parquet" if kind == "predict" else "out"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(tmp_path_factory.mktemp("house"))


def _pairs(count: int) -> list[tuple[str, str]]:
    """All kinds in their shares, the commonest first."""
    whole = [(place / times, kind) for kind, times in KINDS.items() for place in range(times)]
    return [kind for _, kind in sorted(whole, key=lambda entry: entry[0])][:count]


def test_one_of_two_wins_and_the_other_is_told(house: House, fuzz_share: float) -> None:
    rng = random.Random(0)
    assert sum(KINDS.values()) == PAIRS
    for number, kinds in enumerate(_pairs(round(PAIRS * fuzz_share))):
        alone = [house.undisturbed(kind) for kind in kinds]
        place = house.folder / f"pair-{number}"
        commands: list[Command] = []
        for kind in kinds:
            commands.append(
                house.begin(kind, place / house.target(kind), house.folder / f"pair-{number}-{len(commands)}.log")
            )
            time.sleep(rng.uniform(0, 0.6 * alone[0].seconds) if len(commands) == 1 else 0)
        codes = [command.end() for command in commands]
        said = [command.printed for command in commands]
        told = f"{number} {kinds}: {codes}\n{said[0]}\n{said[1]}"
        if codes == [0, 0]:  # no race: the second goes on with what the first has finished
            (_, ended), (begun, _) = (command.span for command in commands)
            assert begun > ended - ALREADY_DONE_SECONDS, told
            assert kinds[0] == kinds[1] in ("compare", "tune"), told
        else:
            assert sorted(codes) == [0, 2], told
            (line,) = said[codes.index(2)].strip().splitlines()
            assert line.startswith("error: "), told
            assert any(words in line for words in TAKEN), told
        assert lasting(place) == alone[codes.index(0)].left, told
        assert leftovers(house.folder) == [], told
