"""An exported model's graphs, run by ONNX Runtime on encoded features. No torch.

Axes: B rows, I items of a catalogue, P outputs of a reader.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.base.manifest import MANIFEST, require_sealed
from taskfusion.base.record import read_artifact
from taskfusion.serve.record import ScorerRecord
from taskfusion.serve.session import Array, Session

SCORER: Final = "scorer.json"
SCHEMA: Final = "schema.json"
MODEL, REQUEST, ITEM, CANDIDATES = "model.onnx", "request.onnx", "item.onnx", "candidates.onnx"
"""Graphs of an exported model; the last three only where it can be split."""

TREES_GRAPH: Final = "trees.onnx"
"""The graph of the trees that predict together with the network, where there are some."""

TREES: Final = "trees"
"""Their logits: output of that graph, and an input of the graph of the model."""

REQUEST_SHARE, ITEM_SHARE, ROWS = "request:", "items:", "rows"
"""Inputs of the graph of candidates: both shares of every reader, and rows of the catalogue."""


class Engine:
    """The graphs of an exported model; each is loaded when it is first needed.

    Args:
        path: the directory that export made.
        record: the content of its scorer.json.
        threads: CPU threads of a graph.
    """

    def __init__(self, path: Path, record: ScorerRecord, threads: int = 1) -> None:
        self.path, self.record, self.threads = path, record, threads

    @classmethod
    def load(cls, path: Path, threads: int = 1) -> Self:
        """Open a directory that export made.

        Raises:
            RunError: it is none, of another version, or a file in it is missing or not the one that was written.
        """
        if not (path / MANIFEST).exists() or not (path / SCORER).exists():
            raise RunError(
                f"'{path}' should be a directory made by taskfusion export, but holds no {SCORER} with a {MANIFEST}; "
                f"export the run again"
            )
        require_sealed(path)
        return cls(path, read_artifact(path / SCORER, ScorerRecord), threads)

    @property
    def readers(self) -> dict[str, int]:
        """Names and widths of what reads the network's input, level 1's experts first.

        Raises:
            ExperimentError: the model could not be split.
        """
        split = self.record.split
        if split is None:
            raise ExperimentError(f"the model in '{self.path}' has no item rows: {self.record.not_split}")
        return {reader.name: reader.width for reader in split.readers}

    def predict(self, feed: Mapping[str, Array]) -> list[Array]:
        """Per task predictions [B] or [B, C] of all features."""
        if self.record.has_trees:
            (logits_BS,) = self._trees.run({name: feed[name] for name in self._trees.inputs})
            feed = {**feed, TREES: logits_BS}
        return self._model.run(feed)

    def request_share(self, feed: Mapping[str, Array]) -> list[Array]:
        """Per reader the share [B, P] of a request's features."""
        return self._request.run(feed)

    def item_share(self, feed: Mapping[str, Array]) -> list[Array]:
        """Per reader the share [I, P] of items' features."""
        return self._item.run(feed)

    def candidates(
        self,
        request: Sequence[Array],
        items: Sequence[Array],
        row_B: npt.NDArray[np.int64],
        features: Mapping[str, Array] = MappingProxyType({}),
    ) -> list[Array]:
        """Per task predictions [B] or [B, C].

        Args:
            request: per reader the request's share [1, P].
            items: per reader the share [I, P] of the catalogue.
            row_B: rows of the catalogue.
            features: inputs of the features of the role candidate, by name, one row per candidate.
        """
        feed: dict[str, Array] = {ROWS: row_B, **features}
        for name, one, many in zip(self.readers, request, items, strict=True):
            feed |= {f"{REQUEST_SHARE}{name}": one, f"{ITEM_SHARE}{name}": many}
        return self._candidates.run(feed)

    @cached_property
    def _model(self) -> Session:
        return Session(self.path / MODEL, self.threads)

    @cached_property
    def _trees(self) -> Session:
        return Session(self.path / TREES_GRAPH, self.threads)

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
