"""The lists of nodes say of any row what LightGBM says."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytest

from taskfusion.trees.nodes import TreeNodes, tree_nodes

if TYPE_CHECKING:
    from lightgbm import Booster

Rows = npt.NDArray[np.float32]
OBJECTIVES = {"binary": 1, "regression": 1, "multiclass": 3}


def grown(rows_BM: Rows, label_B: npt.NDArray[Any], objective: str = "regression", **changed: Any) -> "Booster":
    """Few trees; column 0 is a category where it is told so."""
    import lightgbm

    categories = changed.pop("categories", [])
    classes = {"num_class": 3} if objective == "multiclass" else {}
    settings = {"objective": objective, "verbose": -1, "num_leaves": 8, "min_data_in_leaf": 2, "num_threads": 1}
    dataset = lightgbm.Dataset(rows_BM, label_B, categorical_feature=categories, params={"min_data_in_bin": 1})
    return lightgbm.train({**settings, **classes, **changed}, dataset, 6)


def walked(nodes: TreeNodes, rows_BM: Rows, num_logits: int) -> npt.NDArray[np.float64]:
    """Sums of leaves [B, C], one row and one step after the other."""
    found_BC = np.zeros((len(rows_BM), num_logits))
    for row, row_M in enumerate(rows_BM):
        for root in nodes.roots:
            place, is_leaf = root, 0
            while not is_leaf:
                value = row_M[nodes.feature_N[place]]
                members = nodes.member_N[place]
                is_true = value in members if members else value <= np.float32(nodes.threshold_N[place])
                is_true = bool(nodes.missing_is_true_N[place]) if np.isnan(value) else is_true
                targets = (nodes.true_N, nodes.true_is_leaf_N) if is_true else (nodes.false_N, nodes.false_is_leaf_N)
                place, is_leaf = (one[place] for one in targets)
            found_BC[row, nodes.leaf_target_L[place]] += nodes.leaf_L[place]
    return found_BC


def require_equal(booster: "Booster", rows_BM: Rows, num_logits: int = 1) -> None:
    expected = np.asarray(booster.predict(rows_BM, raw_score=True)).reshape(len(rows_BM), num_logits)
    np.testing.assert_allclose(walked(tree_nodes(booster, num_logits), rows_BM, num_logits), expected, rtol=1e-12)
    assert expected.std() > 0 or len(rows_BM) == 1


def sample(seed: int, rows: int = 400, missing: float = 0.0) -> tuple[Rows, npt.NDArray[np.float64]]:
    """Column 0 is a code of 0..11, 1 and 2 are numbers; what is learned hangs on all three."""
    generator = np.random.default_rng(seed)
    rows_BM = generator.normal(size=(rows, 3)).astype(np.float32)
    rows_BM[:, 0] = generator.integers(0, 12, rows)
    taste_B = rows_BM[:, 1] - np.abs(rows_BM[:, 2]) + (rows_BM[:, 0] % 3)
    rows_BM[generator.random((rows, 3)) < missing] = np.nan
    return rows_BM, taste_B.astype(np.float64)


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("categories", [[], [0]], ids=["order", "category"])
@pytest.mark.parametrize("missing", [0.0, 0.2], ids=["whole", "with gaps"])
def test_a_walk_over_the_nodes_is_what_lightgbm_predicts(objective: str, categories: list[int], missing: float) -> None:
    rows_BM, taste_B = sample(0, missing=missing)
    labels = {"binary": taste_B > 0, "regression": taste_B, "multiclass": np.digitize(taste_B, [-0.5, 1])}
    booster = grown(rows_BM, labels[objective], objective, categories=categories)
    unknown_BM = np.full((4, 3), np.nan, np.float32)
    unknown_BM[1:, 0] = (3, 11, 500)  # the last was never seen
    extreme_BM = np.array([[2, np.inf, -np.inf], [0, -np.inf, np.inf]], np.float32)
    rows_BM = np.concatenate([sample(1, missing=0.3)[0], unknown_BM, extreme_BM])
    require_equal(booster, rows_BM, OBJECTIVES[objective])
    assert any(tree_nodes(booster, OBJECTIVES[objective]).member_N) == bool(categories)


def test_a_number_just_at_a_threshold_is_on_the_same_side() -> None:
    generator = np.random.default_rng(0)
    number_B = generator.choice(np.array([0.1, 0.2, 0.3, 1e-8, -1e-8, 1e30, 16777216.0], np.float32), 300)
    booster = grown(number_B[:, None], np.log(1.5 + np.clip(number_B, -1, 1)), min_data_in_leaf=1, num_leaves=30)
    thresholds = np.unique(np.array(tree_nodes(booster, 1).threshold_N, np.float32))
    near = [thresholds, np.nextafter(thresholds, np.float32(np.inf)), np.nextafter(thresholds, np.float32(-np.inf))]
    require_equal(booster, np.concatenate([*near, np.array([0.0, -0.0], np.float32)])[:, None])


def test_a_tree_of_one_leaf_adds_its_leaf() -> None:
    import lightgbm

    rows_BM, label_B = np.zeros((50, 1), np.float32), np.arange(50.0)
    dataset = lightgbm.Dataset(rows_BM, label_B)
    booster = lightgbm.train({"objective": "regression", "verbose": -1}, dataset, 1)
    nodes = tree_nodes(booster, 1)
    assert len(nodes.roots) == len(nodes.leaf_L) == 1
    require_equal(booster, np.array([[7.0]], np.float32))
    assert walked(nodes, rows_BM[:1], 1) == pytest.approx(24.5)


def test_only_the_trees_up_to_the_best_round_count() -> None:
    rows_BM, taste_B = sample(0)
    booster = grown(rows_BM, taste_B)
    assert len(tree_nodes(booster, 1).roots) == 6
    booster.best_iteration = 2
    assert len(tree_nodes(booster, 1).roots) == 2
    require_equal(booster, rows_BM)
