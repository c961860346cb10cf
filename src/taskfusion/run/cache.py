"""Predictions of teachers, each cached in a file that is named after all it depends on, so that none is made twice."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.base.files import atomic_file
from taskfusion.config.experiment import Experiment

FOLDER: Final = "teachers"
"""Of a run, a comparison or studies."""


def teachers_folder(experiment: Experiment, named: Path | None, out: Path) -> Path:
    """Where a command caches what teachers predict: the directory that is named, which is made, or one in its own.

    Raises:
        ExperimentError: one is named, and the experiment has no teachers.
        RunError: it is part of the command's own directory, or nothing can be written there.
    """
    if named is None:
        return out / FOLDER
    if not experiment.distillation.share:
        raise ExperimentError("distillation.share is 0, so there are no teachers to keep; leave out --teachers")
    if out.resolve() in (named.resolve(), *named.resolve().parents):
        raise RunError(f"'{named}' is part of '{out}'; name a directory outside it with --teachers, or leave it out")
    try:
        named.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=named).close()
    except OSError as error:
        raise RunError(
            f"'{named}' should be a directory for predictions of teachers, and cannot be used: {error.strerror}"
        ) from error
    return named


Predicted = npt.NDArray[np.float32]


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
        text = json.dumps(self.depends_on, sort_keys=True)
        return self.folder / f"{self.title}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.npy"

    def read(self) -> Predicted | None:
        """The predictions; None: they were not made yet.

        Raises:
            RunError: the file is damaged.
        """
        if not self.path.exists():
            return None
        try:
            found: Predicted = np.load(self.path, allow_pickle=False)
        except (OSError, EOFError, ValueError) as error:
            raise RunError(f"'{self.path}' is damaged: {error}; delete it, and it is made again") from error
        return found

    def read_or_make(self, make: Callable[[], Predicted]) -> Predicted:
        """The predictions, made and written where they are not there."""
        found = self.read()
        if found is None:
            found = make()
            with atomic_file(self.path) as temporary, temporary.open("wb") as file:
                np.save(file, found)
        return found
