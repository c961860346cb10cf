"""What a ranker has learned: a finished run, in a directory that lives as long as the ranker needs it."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from taskfusion.base.errors import RunError
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.run.directory import RunDirectory


@dataclass(frozen=True)
class Fitted:
    """A finished run, and the model that it holds.

    Args:
        run: its directory.
        trained: the model.
        folder: a temporary one that the run is in, if it is; it goes with this object.
    """

    run: RunDirectory
    trained: TrainedModel
    folder: "tempfile.TemporaryDirectory[str] | None" = None

    @classmethod
    def load(cls, path: Path, folder: "tempfile.TemporaryDirectory[str] | None" = None) -> Self:
        """Read a run directory.

        Raises:
            RunError: the run is missing, unfinished or damaged.
        """
        return cls(RunDirectory(path), TrainedModel.load(path), folder)

    def files(self) -> dict[str, bytes]:
        """Names and contents of all files of the run.

        Raises:
            RunError: there are none any more.
        """
        path = self.run.path
        found = {str(file.relative_to(path)): file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()}
        if not found:
            raise RunError(f"the run of this ranker, '{path}', is gone, so the ranker cannot be copied; fit it again")
        return found

    @classmethod
    def restore(cls, files: Mapping[str, bytes]) -> Self:
        """A copy of the run that these files are of, in a temporary directory."""
        folder = temporary_folder()
        path = Path(folder.name) / "run"
        for name, content in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
        return cls.load(path, folder)


def temporary_folder() -> "tempfile.TemporaryDirectory[str]":
    """A directory that goes with the object."""
    return tempfile.TemporaryDirectory(prefix="taskfusion-")
