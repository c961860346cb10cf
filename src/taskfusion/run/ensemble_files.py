"""Where a run keeps the trees that predict together with its network."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from taskfusion.base.files import names_in

TREE_FILES: Final = re.compile(r"\d+-[a-z-]+\.(txt|safetensors)")
"""Names in the folder of the trees."""


@dataclass(frozen=True)
class EnsembleFiles:
    """ensemble.json, and a folder of trees.

    Args:
        run: the run directory.
    """

    run: Path

    @property
    def record(self) -> Path:
        """How much predictions take of the network, and how much of trees."""
        return self.run / "ensemble.json"

    @property
    def folder(self) -> Path:
        """Of the trees."""
        return self.run / "trees"

    def trees(self, task: int, ids: str) -> Path:
        """The trees of a task, by its index, that see ids in one way."""
        return self.folder / f"{task}-{ids}.txt"

    def columns(self, task: int, ids: str) -> Path:
        """How they see rows."""
        return self.folder / f"{task}-{ids}.safetensors"

    def in_folder(self) -> list[Path]:
        """The files of the trees that are there."""
        return [self.folder / name for name in sorted(filter(TREE_FILES.fullmatch, names_in(self.folder)))]
