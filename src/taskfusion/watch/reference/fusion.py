"""What the fusion levels of a model do with rows: shares of gates by source, and how much each expert does.

Axes: B rows, U units, E experts of a level, H numbers that an expert says, K edges and X experts of all levels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from taskfusion.base.boundary import unreadable
from taskfusion.data.layout import InputLayout
from taskfusion.data.rows import EncodedRows
from taskfusion.schema.schema import Schema
from taskfusion.serve.bundle_files import WEIGHTS
from taskfusion.serve.graph_file import require_plain_graph
from taskfusion.serve.inputs import GraphInputs
from taskfusion.serve.interface import FUSION, MEAN, SQUARE, WEIGHT
from taskfusion.serve.session import Session
from taskfusion.variants.fusion_map import FusionMap
from taskfusion.watch.reference.record import EdgeReference, ExpertReference, FusionReference, LevelReference
from taskfusion.watch.statistics.cluster import ClusterSums

Floats = npt.NDArray[np.float64]
LEAST_PART: Final = 0.01
"""Of what an expert did, or of what the strongest one of its level does, below which it does nothing."""

_AGAIN: Final = "make the reference again"
_SUM_ERROR: Final = 1e-3
PIECE_ROWS: Final = 512


@dataclass(frozen=True, eq=False)
class FusionSums:
    """What the levels do with rows, added up; of two sets of rows it adds up.

    Attributes:
        shares: of gates by edge [K].
        weight_X: sum over rows of the largest weight that a unit gives an expert.
        mean_X: per expert the sum over rows of what it says [H].
        square_X: sum over rows of the mean square of what it says.
    """

    shares: ClusterSums
    weight_X: Floats
    mean_X: list[Floats]
    square_X: Floats

    def __add__(self, other: Self) -> Self:
        """Of both."""
        return type(self)(
            self.shares + other.shares,
            self.weight_X + other.weight_X,
            [one + two for one, two in zip(self.mean_X, other.mean_X, strict=True)],
            self.square_X + other.square_X,
        )

    @property
    def parts(self) -> Floats:
        """Per expert the mean largest weight, times the standard deviation of what it says [X]."""
        rows = max(self.shares.rows, 1)
        mean_square_X = np.array([float(((mean_H / rows) ** 2).mean()) for mean_H in self.mean_X])
        return np.asarray(self.weight_X / rows * np.sqrt(np.maximum(self.square_X / rows - mean_square_X, 0.0)))


@dataclass(frozen=True)
class FusionSource:
    """Where the fusion levels of a model stand as a graph.

    Attributes:
        maps: what the levels are, with the weights of some rows.
        directory: that holds the graph.
    """

    maps: Sequence[FusionMap]
    directory: Path


class FusionReader:
    """The graph of a model's fusion levels.

    Args:
        directory: that holds it.
        layout: of the model's encoded rows.
        schema: of its table.
        levels: as its graph has them.
        edges: that are read.
        experts: that are read.

    Raises:
        RunError: the graph is damaged, or of another model.
        ExperimentError: a package of the extra "export" is missing.
    """

    def __init__(
        self,
        directory: Path,
        layout: InputLayout,
        schema: Schema,
        levels: Sequence[LevelReference],
        edges: Sequence[tuple[int, str, str]],
        experts: Sequence[tuple[int, int]],
    ) -> None:
        require_plain_graph(directory / FUSION, directory / WEIGHTS, _AGAIN)
        self._session = Session(directory / FUSION, again=_AGAIN)
        shapes = {name: port.shape[1:] for name, port in self._session.interface.outputs.items()}
        if any(shapes.get(f"{WEIGHT}{one.level}") != np.shape(one.native) for one in levels):
            raise unreadable(directory / FUSION, "the graph of these fusion levels", "it is of another model", _AGAIN)
        self._inputs = GraphInputs.of(layout, {feature.name for feature in schema.features})
        self._native = {one.level: np.array(one.native) for one in levels}
        by_level = {one.level: one for one in levels}
        self._edges = [
            (level, by_level[level].units.index(task), np.flatnonzero(np.array(by_level[level].sources) == source))
            for level, task, source in edges
        ]
        self._experts = list(experts)

    @classmethod
    def of(cls, directory: Path, layout: InputLayout, schema: Schema, reference: FusionReference) -> Self:
        """The one that a reference was made with.

        Args:
            directory: of the reference.
            layout: of the model's encoded rows.
            schema: of its table.
            reference: what it read.

        Raises:
            RunError: the graph is damaged.
            ExperimentError: a package of the extra "export" is missing.
        """
        edges = [(one.level, one.task, one.source) for one in reference.edges]
        experts = [(one.level, one.place) for one in reference.experts]
        return cls(directory, layout, schema, reference.levels, edges, experts)

    def read(self, rows: EncodedRows, request_B: npt.NDArray[np.generic]) -> FusionSums:
        """Sums over at least one row.

        Args:
            rows: encoded.
            request_B: of each.
        """
        starts = range(0, len(rows), PIECE_ROWS)
        parts = [self._piece(rows.rows(slice(s, s + PIECE_ROWS)), request_B[s : s + PIECE_ROWS]) for s in starts]
        found = parts[0]
        for part in parts[1:]:
            found = found + part
        return found

    def _piece(self, rows: EncodedRows, request_B: npt.NDArray[np.generic]) -> FusionSums:
        found = dict(zip(self._session.outputs, self._session.run(self._inputs.feed(rows)), strict=True))
        weight_BUE = {level: found[f"{WEIGHT}{level}"].astype(np.float64) for level in self._native}
        share_BK = np.zeros((len(rows), len(self._edges)))
        for place, (level, unit, experts) in enumerate(self._edges):
            gate_BE = weight_BUE[level][:, unit] - self._native[level][unit]
            share_BK[:, place] = gate_BE[:, experts].sum(axis=1)
        most_BE = {level: np.abs(weight).max(axis=1) for level, weight in weight_BUE.items()}
        return FusionSums(
            shares=ClusterSums.of(share_BK, request_B),
            weight_X=np.array([most_BE[level][:, place].sum() for level, place in self._experts]),
            mean_X=[len(rows) * found[f"{MEAN}{level}"][place] for level, place in self._experts],
            square_X=np.array([len(rows) * float(found[f"{SQUARE}{level}"][place]) for level, place in self._experts]),
        )


def fusion_reference(
    source: FusionSource,
    schema: Schema,
    layout: InputLayout,
    rows: EncodedRows,
    request_B: npt.NDArray[np.generic],
) -> FusionReference:
    """What the levels of a model do with the rows of a reference.

    Args:
        source: their graph.
        schema: of the model's table.
        layout: of its encoded rows.
        rows: at least one.
        request_B: of each.
    """
    maps = source.maps
    levels = [_level(one) for one in maps]
    edges = [edge for one in maps for edge in _edges(one, schema.task_names)]
    experts = [(one.level, place) for one in maps if one.level for place in range(len(one.experts))]
    found = FusionReader(source.directory, layout, schema, levels, edges, experts).read(rows, request_B)
    by_level = {one.level: one for one in maps}
    strongest = dict.fromkeys(by_level, 0.0)
    for (level, _), part in zip(experts, found.parts.tolist(), strict=True):
        strongest[level] = max(strongest[level], part)
    shares = zip(edges, found.shares.means.tolist(), found.shares.errors.tolist(), strict=True)
    return FusionReference(
        rows=len(rows),
        levels=levels,
        edges=[
            EdgeReference(level=level, task=task, source=source, share=share, error=min(error, 1.0))
            for (level, task, source), share, error in shares
        ],
        experts=[
            ExpertReference(
                level=level,
                expert=by_level[level].experts[place],
                place=place,
                source=by_level[level].expert_units[place] or by_level[level].experts[place],
                part=part,
                is_alive=part > LEAST_PART * strongest[level],
            )
            for (level, place), part in zip(experts, found.parts.tolist(), strict=True)
        ],
    )


def _level(one: FusionMap) -> LevelReference:
    native_UE = np.array(one.weight) - np.array(one.gate)
    sources = [owner or expert for owner, expert in zip(one.expert_units, one.experts, strict=True)]
    return LevelReference(level=one.level, units=list(one.units), sources=sources, native=native_UE.tolist())


def _edges(one: FusionMap, task_names: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """Of the units of tasks whose gate shares out a whole among two sources or more."""
    for unit, name in enumerate(one.units):
        seen = [
            owner or expert
            for owner, expert, is_visible in zip(one.expert_units, one.experts, one.visible[unit], strict=True)
            if is_visible
        ]
        sources = list(dict.fromkeys(seen))
        if name in task_names and len(sources) > 1 and abs(sum(one.gate[unit]) - 1) < _SUM_ERROR:
            yield from ((one.level, name, source) for source in sources)
