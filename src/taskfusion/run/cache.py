"""Predictions of teachers, each cached in a file that is named after all it depends on, so that none is made twice."""

import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from safetensors import safe_open

from taskfusion.base.arrays import write_arrays
from taskfusion.base.boundary import reading, unreadable
from taskfusion.base.checksum import CHECKSUM, checksum
from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.base.files import LOCK_SUFFIX, names_in, remove_files, remove_leftovers, write_text
from taskfusion.base.lock import in_turn
from taskfusion.config.training import DistillationConfig

FOLDER: Final = "teachers"
"""Of a run, a comparison or studies."""

MARK: Final = "of-this-run.txt"
"""Marks the folder in a run's directory that goes when the run is finished; one that somebody named has no mark."""

_FILES: Final = re.compile(r"[^/]+-[0-9a-f]{16}\.safetensors")
_OWN: Final = re.compile(rf"{re.escape(MARK)}|{_FILES.pattern}|\.{_FILES.pattern}{re.escape(LOCK_SUFFIX)}")


def begin_own_cache(out: Path) -> None:
    """Make the folder of a run's own teachers, which goes when the run is finished; where there is one, it stays."""
    if not (out / FOLDER).exists():
        write_text(out / FOLDER / MARK, "Predictions of teachers, removed when the run is finished.\n")


def is_own_cache(folder: Path) -> bool:
    """Whether a folder of teachers belongs to a run and holds nothing else."""
    found = names_in(folder)
    return MARK in found and all(_OWN.fullmatch(name) for name in found)


def has_teachers(out: Path) -> bool:
    """Whether a run has teachers, its own or any."""
    return bool(names_in(out / FOLDER) - {MARK})


def remove_own_cache(out: Path) -> None:
    """Remove a run's own teachers; what else lies in their folder stays, and a folder that somebody named too."""
    if (out / FOLDER / MARK).exists():
        remove_files(out / FOLDER, _OWN.fullmatch)


def move_own_cache(out: Path, target: Path) -> None:
    """A run's own teachers to another directory, and out, which holds nothing else, is gone; they stay where something
    else came to lie there.
    """
    remove_leftovers(out)
    (out / FOLDER).rename(target / FOLDER)
    try:
        out.rmdir()
    except BaseException:
        (target / FOLDER).rename(out / FOLDER)
        raise


def teachers_folder(distillation: DistillationConfig, named: Path | None, out: Path) -> Path:
    """Where a command caches what teachers predict: the directory that is named, which is made, or one in its own.

    Raises:
        ExperimentError: one is named, and the experiment has no teachers.
        RunError: it is part of the command's own directory or belongs to a run, or nothing can be written there.
    """
    if named is None:
        return out / FOLDER
    if not distillation.share:
        raise ExperimentError(
            "distillation.share is 0, so there are no predictions of teachers to cache; leave out --teachers"
        )
    if out.resolve() in (named.resolve(), *named.resolve().parents):
        raise RunError(f"'{named}' is part of '{out}'; name a directory outside it with --teachers, or leave it out")
    if (named / MARK).exists():
        raise RunError(
            f"'{named}' belongs to the run in '{named.parent}' and goes with it; name another directory with --teachers"
        )
    try:
        named.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=named).close()
    except OSError as error:
        raise RunError(
            f"'{named}' should be a directory for predictions of teachers, and cannot be used: {error.strerror}"
        ) from error
    return named


Predicted = npt.NDArray[np.float64]

_KEY: Final = "predicted"
_EXPECTED: Final = "predictions of teachers"
_AGAIN: Final = "delete it, and it is made again"


@dataclass(frozen=True)
class CachedPredictions:
    """The predictions that one teacher, or one set of teachers, made of training rows.

    Args:
        folder: of the cache.
        title: says to a person what it is.
        depends_on: what the predictions depend on, as plain data.
    """

    folder: Path
    title: str
    depends_on: Mapping[str, Any]

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / f"{self.title}-{self._digest[:16]}.safetensors"

    @property
    def _digest(self) -> str:
        return hashlib.sha256(json.dumps(self.depends_on, sort_keys=True).encode()).hexdigest()

    def read(self) -> Predicted | None:
        """The predictions; None: they were not made yet.

        Raises:
            RunError: the file is damaged, or was changed.
        """
        if not self.path.exists():
            return None
        with reading(self.path, _EXPECTED, _AGAIN), safe_open(self.path, framework="numpy") as file:
            found: Predicted = file.get_tensor(_KEY)
            if file.metadata()[CHECKSUM] != self._checksum(found):
                raise unreadable(self.path, _EXPECTED, "its content was changed after it was written", _AGAIN)
        return found

    def _checksum(self, predicted: Predicted) -> str:
        """Of the predictions and of what they depend on."""
        return checksum([(f"{self._digest} {predicted.dtype} {predicted.shape}", predicted)])

    def read_or_make(self, make: Callable[[], Predicted], on_wait: Callable[[str], None]) -> Predicted:
        """The predictions, made and written where they are not there; who makes them meanwhile is waited for.

        Args:
            make: makes them.
            on_wait: is told of another command that makes them.
        """
        found = self.read()
        if found is None:
            with in_turn(self.path, on_wait):
                found = self.read()
                if found is None:
                    found = make()
                    metadata = {CHECKSUM: self._checksum(found)}
                    write_arrays(self.path, {_KEY: found}, metadata)
        return found
