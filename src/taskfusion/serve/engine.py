"""An exported model's graphs, run by ONNX Runtime on encoded features. No torch.

Axes: B rows, I items of a catalogue, P outputs of a reader.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from taskfusion.base.boundary import unreadable
from taskfusion.base.errors import ExperimentError
from taskfusion.base.record import read_artifact
from taskfusion.serve.bundle_files import SCORER, require_bundle
from taskfusion.serve.interface import (
    CANDIDATES,
    ITEM,
    ITEM_SHARE,
    MODEL,
    REQUEST,
    REQUEST_SHARE,
    ROWS,
    TREES,
    TREES_GRAPH,
    interface_fault,
    interface_of,
)
from taskfusion.serve.record import ScorerRecord
from taskfusion.serve.session import Array, Session

GRAPH_ROWS: Final = 256
"""Rows that go through a graph together: what they hold between its nodes fits into a core's cache."""


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
            RunError: it is none, of another version, or a file in it is missing, not the one that was written, or leads
                elsewhere.
        """
        require_bundle(path)
        return cls(path, read_artifact(path / SCORER, ScorerRecord), threads)

    @cached_property
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

        def predict(some: Mapping[str, Array]) -> list[Array]:
            if self.record.has_trees:
                (logits_BS,) = self._trees.run({name: some[name] for name in self._trees.inputs})
                some = {**some, TREES: logits_BS}
            return self._predicted(self._model.run(some), _rows(some), MODEL)

        return _by_rows(predict, feed)

    def request_share(self, feed: Mapping[str, Array]) -> list[Array]:
        """Per reader the share [B, P] of a request's features."""
        return _by_rows(lambda some: self._shared(self._request.run(some), _rows(some), REQUEST), feed)

    def item_share(self, feed: Mapping[str, Array]) -> list[Array]:
        """Per reader the share [I, P] of items' features."""
        return _by_rows(lambda some: self._shared(self._item.run(some), _rows(some), ITEM), feed)

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
        shares: dict[str, Array] = {}
        for (one_name, many_name), one, many in zip(self._share_names, request, items, strict=True):
            shares[one_name], shares[many_name] = one, many

        def predict(some: Mapping[str, Array]) -> list[Array]:
            return self._predicted(self._candidates.run({**some, **shares}), len(some[ROWS]), CANDIDATES)

        return _by_rows(predict, {ROWS: row_B, **features})

    @cached_property
    def _share_names(self) -> list[tuple[str, str]]:
        return [(f"{REQUEST_SHARE}{name}", f"{ITEM_SHARE}{name}") for name in self.readers]

    @cached_property
    def _model(self) -> Session:
        return self._session(MODEL)

    @cached_property
    def _trees(self) -> Session:
        session = self._session(TREES_GRAPH)
        known = {one.name for one in self.record.inputs}
        if session.outputs != [TREES] or not known.issuperset(session.inputs):
            fault = f"it takes {', '.join(session.inputs)} and gives {', '.join(session.outputs)}"
            raise unreadable(self.path / TREES_GRAPH, "a graph of trees", fault, "export the model again")
        return session

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
        return self._session(name) if self.readers else Session(self.path / name)

    def _session(self, name: str) -> Session:
        """A graph that takes and gives what the record says.

        Raises:
            RunError: it does not, or cannot be read.
        """
        session = Session(self.path / name, self.threads)
        expected = interface_of(self.record, name)
        fault = None if expected is None else interface_fault(expected, session.interface)
        if fault is not None:
            raise unreadable(self.path / name, f"a graph as {SCORER} says", fault, "export the model again")
        return session

    def _predicted(self, found: Sequence[Array], rows: int, file: str) -> list[Array]:
        """Per task predictions, of the shapes that they should have."""
        for values, output in zip(found, self.record.outputs, strict=True):
            width = len(output.columns)
            self._require_shape(values, (rows,) if width == 1 else (rows, width), file)
        return list(found)

    def _shared(self, found: Sequence[Array], rows: int, file: str) -> list[Array]:
        """Per reader a share, of the shape that it should have."""
        for values, width in zip(found, self.readers.values(), strict=True):
            self._require_shape(values, (rows, width), file)
        return list(found)

    def _require_shape(self, values: Array, shape: tuple[int, ...], file: str) -> None:
        if values.shape != shape:
            fault = f"it gave {list(values.shape)} for {list(shape)}"
            raise unreadable(self.path / file, f"a graph as {SCORER} says", fault, "export the model again")


def _rows(feed: Mapping[str, Array]) -> int:
    return len(next(iter(feed.values()), ()))


def _by_rows(run: Callable[[Mapping[str, Array]], list[Array]], feed: Mapping[str, Array]) -> list[Array]:
    """What is run of every row, of which at most GRAPH_ROWS go through the graphs together, each output as one array.

    Args:
        run: from inputs of some rows to outputs with as many.
        feed: inputs by name, one row each per row of the outputs.
    """
    rows = _rows(feed)
    pieces = -(-rows // GRAPH_ROWS)
    if pieces <= 1:
        return run(feed)
    edges = [rows * piece // pieces for piece in range(pieces + 1)]
    parts = [run({name: all_rows[start:stop] for name, all_rows in feed.items()}) for start, stop in pairwise(edges)]
    return [np.concatenate(found) for found in zip(*parts, strict=True)]
