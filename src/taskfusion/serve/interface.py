"""What each graph of an export takes and gives by its record, and whether the graph that was loaded does.

Axes: B rows, F columns, P outputs of a reader, C predictions of a task.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from taskfusion.serve.record import GraphInput, GraphOutput, ReaderWidth, ScorerRecord

MODEL, REQUEST, ITEM, CANDIDATES = "model.onnx", "request.onnx", "item.onnx", "candidates.onnx"
"""Graphs of an exported model; the last three only where it can be split."""

TREES_GRAPH: Final = "trees.onnx"
"""The graph of the trees that predict together with the network, where there are some."""

TREES: Final = "trees"
"""Their logits: output of that graph, and an input of the graph of the model."""

FUSION: Final = "fusion.onnx"
"""The graph of what the fusion levels do, which a watch reads; it stands beside a reference, not in an export."""

WEIGHT, MEAN, SQUARE = "weight:", "mean:", "square:"
"""Its outputs by number of the level: weights of experts row by row, the mean of what each says, and of its square."""

REQUEST_SHARE, ITEM_SHARE, ROWS = "request:", "items:", "rows"
"""Inputs of the graph of candidates: both shares of every reader, and rows of the catalogue."""

SHARE: Final = "share:"
"""Outputs of the graphs of requests and of items, one per reader."""


@dataclass(frozen=True)
class Port:
    """One input or output of a graph.

    Attributes:
        type: of its numbers, in the words of ONNX Runtime; several with "or" between them.
        shape: lengths of its axes; None: any.
    """

    type: str
    shape: tuple[int | None, ...]

    def admits(self, other: "Port") -> bool:
        """Whether another one is of this type and of lengths that this one allows, or does not say them."""
        return (
            other.type in self.type.split(" or ")
            and len(self.shape) == len(other.shape)
            and all(None in pair or pair[0] == pair[1] for pair in zip(self.shape, other.shape, strict=True))
        )


Ports = Mapping[str, Port]
_FLOAT: Final = "tensor(float)"
_NUMBER: Final = "tensor(float) or tensor(double)"
_TYPES: Final = {"float32": _FLOAT, "int32": "tensor(int32)"}


@dataclass(frozen=True)
class Interface:
    """Of one graph, by name and in order; outputs None: any."""

    inputs: Ports
    outputs: Ports


def interface_of(record: ScorerRecord, file: str) -> Interface | None:
    """What a graph should take and give; None where the record does not say.

    Args:
        record: content of scorer.json.
        file: name of the graph.
    """
    if file == MODEL:
        trees = {TREES: Port(_FLOAT, (None, None))} if record.has_trees else {}
        return Interface({**_features(record.inputs), **trees}, _predictions(record.outputs))
    split = record.split
    if split is None or file not in (REQUEST, ITEM, CANDIDATES):
        return None
    if file == CANDIDATES:
        shares = [(REQUEST_SHARE, 1), (ITEM_SHARE, None)]
        inputs = {name: port for prefix, rows in shares for name, port in _shares(split.readers, prefix, rows).items()}
        inputs[ROWS] = Port("tensor(int64)", (None,))
        return Interface({**inputs, **_features(split.candidate_inputs)}, _predictions(record.outputs))
    found = split.request_inputs if file == REQUEST else split.item_inputs
    return Interface(_features(found), _shares(split.readers, SHARE, None))


def interface_fault(expected: Interface, found: Interface) -> str | None:
    """In what a graph differs from what it should be; None: in nothing."""
    for what, wanted, there in (("take", expected.inputs, found.inputs), ("give", expected.outputs, found.outputs)):
        if set(wanted) != set(there) or (what == "give" and list(wanted) != list(there)):
            return f"it should {what} {', '.join(wanted)}, found {', '.join(there)}"[:300]
        for name, port in wanted.items():
            if not port.admits(there[name]):
                return f"'{name}' should be {_words(port)}, found {_words(there[name])}"
    return None


def _features(inputs: Sequence[GraphInput]) -> dict[str, Port]:
    return {
        one.name: Port(_TYPES[one.type], (None, None if one.axes[-1:] == ["L"] else len(one.columns))) for one in inputs
    }


def _predictions(outputs: Sequence[GraphOutput]) -> dict[str, Port]:
    return {one.name: Port(_NUMBER, (None,) if len(one.columns) == 1 else (None, len(one.columns))) for one in outputs}


def _shares(readers: Sequence[ReaderWidth], prefix: str, rows: int | None) -> dict[str, Port]:
    return {f"{prefix}{reader.name}": Port(_FLOAT, (rows, reader.width)) for reader in readers}


def _words(port: Port) -> str:
    return f"{port.type} [{', '.join('any' if axis is None else str(axis) for axis in port.shape)}]"
