"""The nodes of LightGBM's trees as plain lists.

Axes: N inner nodes of all trees, L leaves of all trees.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from lightgbm import Booster


@dataclass
class TreeNodes:
    """Inner nodes and leaves; a child is an inner node or a leaf, by its index.

    Attributes:
        feature_N: column that the node looks at.
        threshold_N: the true side has x <= threshold, in 32-bit numbers; 0 where the node has a set.
        member_N: the true side has x in this set; empty where the node has a threshold.
        true_N, false_N: the children.
        true_is_leaf_N, false_is_leaf_N: whether they are leaves, 0 or 1.
        missing_is_true_N: whether NaN is on the true side, 0 or 1.
        leaf_L: what a leaf adds.
        leaf_target_L: to which logit.
        roots: the first node of every tree.
    """

    feature_N: list[int] = field(default_factory=list)
    threshold_N: list[float] = field(default_factory=list)
    member_N: list[tuple[int, ...]] = field(default_factory=list)
    true_N: list[int] = field(default_factory=list)
    false_N: list[int] = field(default_factory=list)
    true_is_leaf_N: list[int] = field(default_factory=list)
    false_is_leaf_N: list[int] = field(default_factory=list)
    missing_is_true_N: list[int] = field(default_factory=list)
    leaf_L: list[float] = field(default_factory=list)
    leaf_target_L: list[int] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)


def tree_nodes(booster: "Booster", num_logits: int) -> TreeNodes:
    """All trees up to the best round.

    Args:
        booster: of one task.
        num_logits: C; tree i adds to logit i mod C.
    """
    nodes = TreeNodes()
    for index, tree in enumerate(booster.dump_model(num_iteration=booster.best_iteration)["tree_info"]):
        target, structure = index % num_logits, tree["tree_structure"]
        if "split_feature" not in structure:  # a tree of one leaf; a root must be an inner node
            leaf = _leaf(nodes, structure, target)
            nodes.roots.append(_inner(nodes, 0, 0.0, (), missing_is_true=True))
            _children(nodes, nodes.roots[-1], (leaf, 1), (leaf, 1))
        else:
            nodes.roots.append(_walk(nodes, structure, target)[0])
    return nodes


def _walk(nodes: TreeNodes, structure: Mapping[str, Any], target: int) -> tuple[int, int]:
    """Add a subtree: its index, and whether it is a leaf."""
    if "split_feature" not in structure:
        return _leaf(nodes, structure, target), 1
    if structure["decision_type"] == "==":
        codes = tuple(int(code) for code in structure["threshold"].split("||"))
        index = _inner(nodes, structure["split_feature"], 0.0, codes, missing_is_true=False)
    else:
        threshold = structure["threshold"]
        index = _inner(
            nodes, structure["split_feature"], _below(threshold), (), missing_is_true=_tracks_true(structure)
        )
    _children(
        nodes,
        index,
        _walk(nodes, structure["left_child"], target),
        _walk(nodes, structure["right_child"], target),
    )
    return index, 0


def _tracks_true(structure: Mapping[str, Any]) -> bool:
    """Where nothing was missing in training, LightGBM reads NaN as 0."""
    if structure["missing_type"] == "NaN":
        return bool(structure["default_left"])
    return bool(structure["threshold"] >= 0)


def _below(threshold: float) -> float:
    """The largest 32-bit number that is not above: a 32-bit x is then on the side that it is on in 64 bits."""
    most = float(np.finfo(np.float32).max)
    found = np.float32(min(max(threshold, -most), most))
    return float(found if float(found) <= threshold else np.nextafter(found, np.float32(-math.inf)))


def _inner(nodes: TreeNodes, feature: int, threshold: float, members: tuple[int, ...], *, missing_is_true: bool) -> int:
    nodes.feature_N.append(feature)
    nodes.threshold_N.append(threshold)
    nodes.member_N.append(members)
    nodes.missing_is_true_N.append(int(missing_is_true))
    for children in (nodes.true_N, nodes.false_N, nodes.true_is_leaf_N, nodes.false_is_leaf_N):
        children.append(0)
    return len(nodes.feature_N) - 1


def _children(nodes: TreeNodes, index: int, true: tuple[int, int], false: tuple[int, int]) -> None:
    nodes.true_N[index], nodes.true_is_leaf_N[index] = true
    nodes.false_N[index], nodes.false_is_leaf_N[index] = false


def _leaf(nodes: TreeNodes, structure: Mapping[str, Any], target: int) -> int:
    nodes.leaf_L.append(structure["leaf_value"])
    nodes.leaf_target_L.append(target)
    return len(nodes.leaf_L) - 1
