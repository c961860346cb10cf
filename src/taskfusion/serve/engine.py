"""An exported model's graphs, run by ONNX Runtime on encoded features. No torch.

Axes: B rows, I items of a catalogue, P outputs of a reader.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.serve.session import Array, Session

FORMAT = 1
MANIFEST, SCHEMA = "scorer.json", "schema.json"
MODEL, REQUEST, ITEM, CANDIDATES = "model.onnx", "request.onnx", "item.onnx", "candidates.onnx"
"""Graphs of an exported model; the last three only where it can be split."""

REQUEST_SHARE, ITEM_SHARE, ROWS = "request:", "items:", "rows"
"""Inputs of the graph of candidates: both shares of every reader, and rows of the catalogue."""


class Engine:
    """The graphs of an exported model; each is loaded when it is first needed.

    Args:
        path: the directory that export made.
        manifest: the content of its scorer.json.
        threads: CPU threads of a graph.
    """

    def __init__(self, path: Path, manifest: Mapping[str, Any], threads: int = 1) -> None:
        self.path, self.manifest, self.threads = path, manifest, threads

    @classmethod
    def load(cls, path: Path, threads: int = 1) -> Self:
        """Open a directory that export made.

        Raises:
            RunError: it is none, damaged, or of another version.
        """
        file = path / MANIFEST
        try:
            manifest = json.loads(file.read_text(encoding="utf-8"))
            found = manifest["format"]
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise RunError(
                f"'{path}' should be a directory made by taskfusion export, but its {MANIFEST} cannot be read"
            ) from error
        if found != FORMAT:
            raise RunError(f"'{file}' should be of format {FORMAT}, found {found}; export the run again")
        return cls(path, manifest, threads)

    @property
    def readers(self) -> dict[str, int]:
        """Names and widths of what reads the network's input, level 1's experts first.

        Raises:
            ExperimentError: the model could not be split.
        """
        split = self.manifest["split"]
        if split is None:
            raise ExperimentError(f"the model in '{self.path}' has no item rows: {self.manifest['not_split']}")
        return {reader["name"]: reader["width"] for reader in split["readers"]}

    def predict(self, feed: Mapping[str, Array]) -> list[Array]:
        """Per task predictions [B] or [B, C] of all features."""
        return self._model.run(feed)

    def request_share(self, feed: Mapping[str, Array]) -> list[Array]:
        """Per reader the share [B, P] of a request's features."""
        return self._request.run(feed)

    def item_share(self, feed: Mapping[str, Array]) -> list[Array]:
        """Per reader the share [I, P] of items' features."""
        return self._item.run(feed)

    def candidates(self, request: Sequence[Array], items: Sequence[Array], row_B: npt.NDArray[np.int64]) -> list[Array]:
        """Per task predictions [B] or [B, C].

        Args:
            request: per reader the request's share [1, P].
            items: per reader the share [I, P] of the catalogue.
            row_B: rows of the catalogue.
        """
        feed: dict[str, Array] = {ROWS: row_B}
        for name, one, many in zip(self.readers, request, items, strict=True):
            feed |= {f"{REQUEST_SHARE}{name}": one, f"{ITEM_SHARE}{name}": many}
        return self._candidates.run(feed)

    @cached_property
    def _model(self) -> Session:
        return Session(self.path / MODEL, self.threads)

    @cached_property
    def _request(self) -> Session:
        return self._part(REQUEST)

    @cached_property
    def _item(self) -> Session:
        return self._part(ITEM)

    @cached_property
    def _candidates(self) -> Session:
        return self._part(CANDIDATES)

    def _part(self, name: str) -> Session:
        """A graph of a model that is split."""
        return Session(self.path / name, self.threads) if self.readers else Session(self.path / name)
