"""Files of runs and exports with changed bytes: each is refused by name, or nothing changes; never another error."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline.conftest import StopAt
from support import experiment, log_table
from taskfusion.base.errors import InterruptedTrainingError, TaskfusionError
from taskfusion.pipeline.export import export_run
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.train import train_run
from taskfusion.serve.item_rows import ItemRows
from taskfusion.serve.scorer import Scorer

TABLE = log_table(40, seed=5)
ITEMS = TABLE.unique("item_id", maintain_order=True).select("item_id", "tags")
REQUEST = TABLE[:1].drop("item_id", "tags")
SPLITS = {
    name: log_table(rows, seed).lazy() for seed, (name, rows) in enumerate({"train": 300, "validation": 150}.items())
}
SETTINGS = {
    "calibration": {"binary": "isotonic", "regression": "linear"},
    "network": {"variant": "adatt", "level_dims": [[8], [6]], "tower_dims": [4]},
    "embedding": {"dim": 4},
}
FINISHED, UNFINISHED = 2000, 200
"""Mutations with --full-fuzz."""

NAMED = {"manifest.json": [""], "items.safetensors": ["items.safetensors", "item rows"]}
"""What a refusal names where it is not the changed file: a manifest is of what lies beside it, item rows of a model."""

Random = np.random.Generator


def _flip(content: bytes, other: bytes, random: Random) -> bytes:
    index = int(random.integers(len(content)))
    return content[:index] + bytes([content[index] ^ (1 << int(random.integers(8)))]) + content[index + 1 :]


def _overwrite(content: bytes, other: bytes, random: Random) -> bytes:
    start, length = int(random.integers(len(content))), int(random.integers(1, 65))
    written = random.bytes(length)[: len(content) - start]
    return content[:start] + written + content[start + len(written) :]


MUTATIONS: dict[str, Callable[[bytes, bytes, Random], bytes | None]] = {
    "flip": _flip,
    "overwrite": _overwrite,
    "truncate": lambda content, other, random: content[: int(random.integers(len(content)))],
    "append": lambda content, other, random: content + random.bytes(int(random.integers(1, 65))),
    "swap": lambda content, other, random: other,
    "delete": lambda content, other, random: None,
}
"""From the content of a file, that of its twin in another run or export, and a source of chance; None: no file."""


@dataclass(frozen=True)
class Case:
    """One mutated file."""

    path: Path
    mutation: str
    is_same: bool

    def __str__(self) -> str:
        return f"{self.mutation} of {self.path.name}"


@contextmanager
def mutated(directory: Path, twin: Path, seed: int) -> Iterator[Case]:
    """Change a file of a directory that is drawn by the seed; it is as before at the end."""
    random = np.random.default_rng(seed)
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    path = files[int(random.integers(len(files)))]
    mutation = list(MUTATIONS)[int(random.integers(len(MUTATIONS)))]
    content, other = path.read_bytes(), (twin / path.relative_to(directory)).read_bytes()
    changed = MUTATIONS[mutation](content, other, random)
    if changed is None:
        path.unlink()
    else:
        path.write_bytes(changed)
    yield Case(path, mutation, changed == content)
    path.write_bytes(content)


@dataclass(frozen=True)
class Made:
    """Directories of two seeds, what the first one scores, and how."""

    first: Path
    second: Path
    score: Callable[[Path], pl.DataFrame]


def _train(out: Path, seed: int, step: int = 0) -> Path:
    content = experiment(**SETTINGS, training={"seed": seed, "epochs": 2})
    train_run(content, SPLITS, out, resume=True, progress=StopAt(step))
    return out


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("runs")
    first, second = (_train(folder / f"run-{seed}", seed) for seed in (0, 1))
    return Made(first, second, lambda path: TrainedModel.load(path).score(TABLE))


@pytest.fixture(scope="module")
def exports(runs: Made, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """With a file of item rows in each."""
    folder = tmp_path_factory.mktemp("exports")
    for run in (runs.first, runs.second):
        export_run(run, folder / run.name)
        Scorer.load(folder / run.name).item_rows(ITEMS).save(folder / run.name / "items.safetensors")

    def score(path: Path) -> pl.DataFrame:
        scorer = Scorer.load(path)
        candidates = scorer.score_candidates(REQUEST, ItemRows.load(path / "items.safetensors"))
        found: pl.DataFrame = pl.concat([scorer.score(TABLE), candidates])
        return found

    return Made(folder / "run-0", folder / "run-1", score)


def _scored(score: Callable[[Path], pl.DataFrame], path: Path) -> pl.DataFrame | str:
    """The scores of a directory, or why it is refused; any other error is one of ours."""
    try:
        return score(path)
    except TaskfusionError as error:
        return str(error)


@pytest.mark.parametrize("what", ["runs", "exports"])
def test_changed_bytes_are_refused_by_name(what: str, request: pytest.FixtureRequest, fuzz_share: float) -> None:
    """All files count, those too that scoring does not read; a manifest may change where it says the same."""
    made: Made = request.getfixturevalue(what)
    expected = made.score(made.first)
    assert not expected.equals(made.score(made.second))
    for seed in range(round(FINISHED / 2 * fuzz_share)):
        with mutated(made.first, made.second, seed) as case:
            found = _scored(made.score, made.first)
            if isinstance(found, str):
                assert not case.is_same, case
                assert any(name in found for name in NAMED.get(case.path.name, [case.path.name])), f"{case}: {found}"
            else:
                assert case.is_same or case.path.name == "manifest.json", case
                assert found.equals(expected), case


def test_an_unfinished_run_with_changed_bytes_is_refused_or_ends_the_same(
    runs: Made, tmp_path: Path, fuzz_share: float
) -> None:
    begun, other = tmp_path / "begun-0", tmp_path / "begun-1"
    for seed, path in enumerate((begun, other)):
        with pytest.raises(InterruptedTrainingError):
            _train(path, seed, step=7)
    expected = runs.score(runs.first)
    for seed in range(round(UNFINISHED * fuzz_share)):
        copy = shutil.copytree(begun, tmp_path / "copy")
        with mutated(copy, other, seed) as case:
            found = _scored(lambda path: runs.score(_train(path, 0)), copy)
            if isinstance(found, str):
                assert not case.is_same, case
                assert str(copy) in found, f"{case}: {found}"
            else:
                assert found.equals(expected), case
        shutil.rmtree(copy)
