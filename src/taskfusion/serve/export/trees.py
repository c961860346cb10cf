"""The trees of a model as one ONNX graph: features to the logits of all tasks.

Each column of trees/columns.py is a few nodes, and the trees of a task are one TreeEnsemble of ai.onnx.ml.

Axes: B rows, M columns, C logits of a task, S logits of all tasks side by side, L slots of a list.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from taskfusion.base.extra import load_extra
from taskfusion.serve.inputs import IDS, NUMERIC, GraphInputs
from taskfusion.serve.interface import TREES
from taskfusion.trees.bank import TreeBank, WeighedTrees
from taskfusion.trees.columns import (
    BagLength,
    BagMean,
    BagOccurrences,
    Column,
    IdCode,
    IdTable,
    PlainNumbers,
)
from taskfusion.trees.nodes import TreeNodes, tree_nodes

_LEAF_OR_LESS, _MEMBER, _SUM, _NO_LINK = 0, 6, 1, 0
"""Numbers that ai.onnx.ml gives to x <= t, x in a set, a sum over trees, and no link."""

IR_VERSION: Final = 10
OPSETS: Final[Mapping[str, int]] = {"": 20, "ai.onnx.ml": 5}


def write_trees(bank: TreeBank, inputs: GraphInputs, path: Path) -> None:
    """Write the graph.

    Args:
        bank: the trees of all tasks.
        inputs: all features.
        path: the file.
    """
    onnx = load_extra("onnx")
    nodes = _Nodes(inputs)
    parts = [_task(nodes, trees, size) for trees, size in zip(bank.tasks, bank.sizes, strict=True)]
    nodes.add("Concat", parts, axis=1, output=TREES)
    helper = onnx.helper
    used = {name for node in nodes.nodes for name in node.input}
    types = {"int32": onnx.TensorProto.INT32, "float32": onnx.TensorProto.FLOAT}
    graph = helper.make_graph(
        nodes.nodes,
        "trees",
        [
            helper.make_tensor_value_info(one.name, types[one.type], _shape(one.axes, len(one.columns), index))
            for index, one in enumerate(inputs.records())
            if one.name in used
        ],
        [helper.make_tensor_value_info(TREES, types["float32"], ["B", sum(bank.sizes)])],
        nodes.constants,
    )
    opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def _shape(axes: Sequence[str], width: int, index: int) -> list[str | int]:
    """Lists are of any length, each of its own."""
    return ["B", f"L{index}" if axes[1] == "L" else width]


@dataclass
class _Nodes:
    """A graph that grows.

    Args:
        inputs: of the graph.
    """

    inputs: GraphInputs
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def add(
        self,
        op: str,
        given: Sequence[str],
        *,
        output: str | None = None,
        domain: str = "",
        **settings: Any,  # noqa: ANN401
    ) -> str:
        """The output of one more node."""
        name = output or f"v{len(self.nodes)}"
        node = load_extra("onnx").helper.make_node(op, list(given), [name], domain=domain, **settings)
        self.nodes.append(node)
        return name

    def constant(self, value: Any) -> str:  # noqa: ANN401  what NumPy makes an array of
        """The name of a constant."""
        name = f"c{len(self.constants)}"
        self.constants.append(load_extra("onnx").numpy_helper.from_array(np.asarray(value), name))
        return name

    def cast(self, given: str, dtype: type[np.generic]) -> str:
        """Of another type."""
        onnx = load_extra("onnx")
        return self.add("Cast", [given], to=onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def id(self, index: int) -> str:
        """The codes [B, 1] of a column of ids."""
        return self.add("Gather", [IDS, self.constant(np.array([index]))], axis=1)

    def bag(self, index: int) -> str:
        """The codes [B, L] of a list."""
        return self.inputs.bag_name(index)

    def filled(self, index: int) -> str:
        """Which slots of a list hold a code [B, L]."""
        return self.add("Greater", [self.bag(index), self.constant(np.int32(0))])

    def zeros(self, width: int) -> str:
        """0 for every row [B, width]."""
        first = self.inputs.names[0]
        rows = self.add("Shape", [first], start=0, end=1)
        shape = self.add("Concat", [rows, self.constant(np.array([width]))], axis=0)
        return self.add("Expand", [self.constant(np.zeros((1, 1), np.float32)), shape])


def _plain_numbers(nodes: _Nodes, column: PlainNumbers) -> str:
    return NUMERIC


def _id_code(nodes: _Nodes, column: IdCode) -> str:
    return nodes.cast(nodes.id(column.index), np.float32)


def _id_table(nodes: _Nodes, column: IdTable) -> str:
    return nodes.add("Gather", [nodes.constant(column.value_V.astype(np.float32)), nodes.id(column.index)], axis=0)


def _bag_length(nodes: _Nodes, column: BagLength) -> str:
    return nodes.add("ReduceSum", [nodes.cast(nodes.filled(column.index), np.float32), nodes.constant([1])], keepdims=1)


def _bag_occurrences(nodes: _Nodes, column: BagOccurrences) -> str:
    codes = nodes.constant(np.arange(1, column.width + 1, dtype=np.int32)[None, None, :])
    slot_BL1 = nodes.add("Unsqueeze", [nodes.bag(column.index), nodes.constant([2])])
    is_code_BLV = nodes.cast(nodes.add("Equal", [slot_BL1, codes]), np.float32)
    return nodes.add("ReduceSum", [is_code_BLV, nodes.constant([1])], keepdims=0)


def _bag_mean(nodes: _Nodes, column: BagMean) -> str:
    """In 64-bit numbers, as the trees learned it, so that both are on the same side of a threshold; 0 / 0 is NaN."""
    filled_BL = nodes.filled(column.index)
    value_BL = nodes.add("Gather", [nodes.constant(column.value_V.astype(np.float64)), nodes.bag(column.index)], axis=0)
    own_BL = nodes.add("Where", [filled_BL, value_BL, nodes.constant(np.float64(0))])
    length_B1 = nodes.add("ReduceSum", [nodes.cast(filled_BL, np.float64), nodes.constant([1])], keepdims=1)
    total_B1 = nodes.add("ReduceSum", [own_BL, nodes.constant([1])], keepdims=1)
    return nodes.cast(nodes.add("Div", [total_B1, length_B1]), np.float32)


_COLUMNS: Final[Mapping[type[Any], Callable[[_Nodes, Any], str]]] = {
    PlainNumbers: _plain_numbers,
    IdCode: _id_code,
    IdTable: _id_table,
    BagLength: _bag_length,
    BagOccurrences: _bag_occurrences,
    BagMean: _bag_mean,
}
"""From a column to the value [B, width] of its nodes."""


def _column(nodes: _Nodes, column: Column) -> str:
    return _COLUMNS[type(column)](nodes, column)


def _task(nodes: _Nodes, trees: Sequence[WeighedTrees], size: int) -> str:
    """What all trees of one task add to its logits [B, C]."""
    found = [_weighed(nodes, one, size) for one in trees]
    return nodes.add("Sum", found) if found else nodes.zeros(size)


def _weighed(nodes: _Nodes, trees: WeighedTrees, size: int) -> str:
    parts = [_column(nodes, column) for column in trees.columns.columns if column.width]
    found = tree_nodes(trees.booster, size)
    settings = {
        "n_targets": size,
        "aggregate_function": _SUM,
        "post_transform": _NO_LINK,
        "nodes_featureids": found.feature_N,
        "nodes_truenodeids": found.true_N,
        "nodes_trueleafs": found.true_is_leaf_N,
        "nodes_falsenodeids": found.false_N,
        "nodes_falseleafs": found.false_is_leaf_N,
        "nodes_missing_value_tracks_true": found.missing_is_true_N,
        "tree_roots": found.roots,
        "leaf_targetids": found.leaf_target_L,
        "nodes_modes": _tensor([_MEMBER if sets else _LEAF_OR_LESS for sets in found.member_N], np.uint8),
        "nodes_splits": _tensor(found.threshold_N, np.float32),
        "leaf_weights": _tensor(found.leaf_L, np.float32),
    }
    members = _members(found)
    if members:
        settings["membership_values"] = _tensor(members, np.float32)
    matrix_BM = nodes.add("Concat", parts, axis=1)
    logits_BC = nodes.add("TreeEnsemble", [matrix_BM], domain="ai.onnx.ml", **settings)
    return nodes.add("Mul", [logits_BC, nodes.constant(np.float32(trees.weight))])


def _members(found: TreeNodes) -> list[float]:
    """The sets of all nodes that have one, in order; NaN ends each."""
    return [value for codes in found.member_N if codes for value in (*codes, float("nan"))]


def _tensor(values: Sequence[float], dtype: type[np.generic]) -> Any:  # noqa: ANN401  a TensorProto
    return load_extra("onnx").numpy_helper.from_array(np.asarray(values, dtype))
