"""The routes that were in force last, so that a server that was killed comes back with them."""

import hashlib
from pathlib import Path
from typing import Self

from pydantic import Field

from taskfusion.base.record import Artifact, read_artifact, write_artifact
from taskfusion.config.routes import Routes, read_routes


class RoutesState(Artifact):
    """What is in force, and what was before."""

    file_sha256: str = Field(description="Of the file of routes; where it was changed since, the file is in force.")
    active: Routes = Field(description="In force.")
    previous: Routes | None = Field(description="In force before, to which a rollback goes; null: nothing was.")


class StateFile:
    """Where changes over the admin port are kept.

    Args:
        routes: the file of routes.
        state: the file that is written.
    """

    def __init__(self, routes: Path, state: Path) -> None:
        self._routes, self.path = routes, state

    @classmethod
    def beside(cls, routes: Path) -> Self:
        """The one beside a file of routes: routes.yaml has routes.state.json."""
        return cls(routes, routes.with_suffix(".state.json"))

    def read(self) -> tuple[Routes, Routes | None]:
        """What is to be in force, and what was before.

        Raises:
            ExperimentError: the file of routes cannot be used.
            RunError: the state is damaged.
        """
        declared = read_routes(self._routes)
        if not self.path.exists():
            return declared, None
        state = read_artifact(self.path, RoutesState)
        if state.file_sha256 != self._sha256():
            return declared, state.active
        return state.active, state.previous

    def write(self, active: Routes, previous: Routes | None) -> None:
        """Keep what is in force now, whole or not at all.

        Raises:
            StorageError: the file cannot be written.
        """
        write_artifact(self.path, RoutesState(file_sha256=self._sha256(), active=active, previous=previous))

    def _sha256(self) -> str:
        return hashlib.sha256(self._routes.read_bytes()).hexdigest()
