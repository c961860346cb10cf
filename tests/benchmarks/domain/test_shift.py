"""The target's first feature has another mean, and nothing else differs."""

import numpy as np

from benchmarks.domain.shift import MODELS, TARGET_SHARE, TRAIN, Shift


def test_the_mean_of_one_feature_moves() -> None:
    tables = Shift(2.0, 0).tables()
    train = tables["train"]
    is_target = train["is_target"].to_numpy()
    assert abs(is_target.mean() - TARGET_SHARE) < 0.01
    for index in range(5):
        column = train[f"x{index}"].to_numpy()
        moved = column[is_target].mean() - column[~is_target].mean()
        assert abs(moved - 2.0 * (index == 0)) < 0.2
    assert tables["target train"]["is_target"].all()
    assert tables["test"]["is_target"].all()
    assert tables["target train"].height == TRAIN


def test_labels_follow_from_the_features_alike_in_both_domains() -> None:
    train = Shift(1.0, 1).tables()["train"]
    for of in (train.filter("is_target"), train.filter(~train["is_target"])):
        gap = of["one"].to_numpy() - of["true_one"].to_numpy()
        assert abs(gap.mean()) < 4 * gap.std() / np.sqrt(len(gap))


def test_only_the_section_differs() -> None:
    for model in MODELS:
        plain, weighted = (Shift(1.0, 0).experiment(model, weighted=one) for one in (False, True))
        assert plain.domain is None
        assert weighted.domain is not None
        assert weighted.network == plain.network
