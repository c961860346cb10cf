"""Evidence against a plain paired bootstrap of the metrics' own definitions."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from taskfusion.evaluate.evidence import BETTER_BASELINE, Contrast, Evidence, evidence
from taskfusion.evaluate.statistic import LabelledRows, labelled_rows
from taskfusion.schema.task.binary import BinaryTask
from taskfusion.schema.task.regression import RegressionTask

Array = npt.NDArray[Any]
TASKS = (BinaryTask(name="click", kind="binary"), BinaryTask(name="like", kind="binary"))
BASELINES = ("single-task", "lightgbm")
ROWS = 300


def rows_of(label_BT: Array, cluster_B: Array) -> list[LabelledRows]:
    count = int(cluster_B.max()) + 1
    ones_B = np.ones(len(label_BT))
    return [labelled_rows(task, label_BT[:, t], ones_B, cluster_B, count, grouped=True) for t, task in enumerate(TASKS)]


@pytest.fixture
def labels() -> Array:
    return np.random.default_rng(0).integers(0, 2, (ROWS, 2))


@pytest.fixture
def clusters() -> Array:
    return np.random.default_rng(1).permutation(np.arange(ROWS) % 60)


def guesses(labels: Array, skill: float, seed: int, seeds: int = 2) -> list[list[Array]]:
    """By task and seed, probabilities that know the labels the better the more skill."""
    generator = np.random.default_rng(seed)
    return [
        [1 / (1 + np.exp(-skill * (2 * labels[:, t] - 1) - generator.normal(0, 1, ROWS))) for _ in range(seeds)]
        for t in range(2)
    ]


def compared(rows: Sequence[LabelledRows], found: dict[str, list[list[Array]]], **settings: Any) -> Evidence:
    settings = {"baselines": BASELINES, "better_baseline": {"click": "lightgbm", "like": "single-task"}, **settings}
    return evidence(rows, list(found), lambda variant, task: found[variant][task], **settings)


def contrast_of(shown: Evidence, variant: str, baseline: str) -> Contrast:
    (found,) = [one for one in shown.contrasts if (one.variant, one.baseline) == (variant, baseline)]
    return found


def normalized_entropy(label_K: Array, seeds: Sequence[Array]) -> float:
    rate = label_K.mean()
    constant = -rate * np.log(rate) - (1 - rate) * np.log(1 - rate)
    return float(np.mean([-np.log(np.where(label_K, one, 1 - one)).mean() for one in seeds]) / constant)


def test_intervals_are_those_of_a_plain_loop(labels: Array, clusters: Array) -> None:
    found = {"adatt": guesses(labels, 1.1, 1), **{r: guesses(labels, 1.0, 2 + i) for i, r in enumerate(BASELINES)}}
    shown = compared(rows_of(labels, clusters), found, resamples=100, seed=5)
    contrast = contrast_of(shown, "adatt", BETTER_BASELINE)
    generator = np.random.default_rng(5)
    members = [np.flatnonzero(clusters == cluster) for cluster in range(60)]

    def changes(drawn: Array) -> list[float]:
        own, other = (
            [normalized_entropy(labels[drawn, t], [one[drawn] for one in of[t]]) for t in range(2)]
            for of in (found["adatt"], [found["lightgbm"][0], found["single-task"][1]])
        )
        return [100 * (a / b - 1) for a, b in zip(own, other, strict=True)]

    drawn_R = [np.concatenate([members[c] for c in generator.integers(60, size=60)]) for _ in range(100)]
    change_RT = np.array([changes(drawn) for drawn in drawn_R])
    point_T = changes(np.arange(ROWS))
    for t, task in enumerate(TASKS):
        change = contrast.tasks[task.name]["relative_loss"]
        low, high = np.quantile(change_RT[:, t], [0.025, 0.975])
        assert (change.mean, change.rows.low, change.rows.high) == pytest.approx((point_T[t], low, high))
    mean = contrast.mean["relative_loss"]
    low, high = np.quantile(change_RT.mean(axis=1), [0.025, 0.975])
    assert (mean.mean, mean.rows.low, mean.rows.high) == pytest.approx((np.mean(point_T), low, high))


def test_intervals_over_seeds_are_those_of_the_leading_terms(labels: Array, clusters: Array) -> None:
    """A ratio of means varies as its jackknife over seeds does, to first order."""
    seeds = 6
    found = {"adatt": guesses(labels, 1.1, 1, seeds), "lightgbm": guesses(labels, 1.0, 2, seeds)}
    shown = compared(rows_of(labels, clusters), found, baselines=["lightgbm"], better_baseline={}, resamples=20)
    change = shown.contrasts[0].mean["relative_loss"]

    def mean_change(kept: list[int]) -> float:
        of = [
            [normalized_entropy(labels[:, t], [found[name][t][k] for k in kept]) for t in range(2)]
            for name in ("adatt", "lightgbm")
        ]
        return float(np.mean([100 * (own / other - 1) for own, other in zip(*of, strict=True)]))

    left_out = np.array([mean_change([k for k in range(seeds) if k != out]) for out in range(seeds)])
    error = ((seeds - 1) / seeds * np.sum((left_out - left_out.mean()) ** 2)) ** 0.5
    half = stats.t.ppf(0.975, seeds - 1) * error
    assert change.seeds.ends == pytest.approx((change.mean - half, change.mean + half), rel=0.02)
    assert change.ends
    assert change.rows.ends
    assert change.ends[1] - change.ends[0] > change.rows.ends[1] - change.rows.ends[0]


def test_with_one_seed_the_interval_is_that_over_rows(labels: Array, clusters: Array) -> None:
    found = {name: guesses(labels, skill, 1, 1) for name, skill in (("adatt", 2.0), ("lightgbm", 1.0))}
    shown = compared(rows_of(labels, clusters), found, baselines=["lightgbm"], better_baseline={}, resamples=50)
    change = shown.contrasts[0].mean["relative_loss"]
    assert change.ends == change.rows.ends
    assert change.seeds.ends is None


def test_a_far_better_method_is_better_by_every_metric(labels: Array, clusters: Array) -> None:
    found = {"adatt": guesses(labels, 3, 1, 4), **{r: guesses(labels, 0.5, 2 + i, 4) for i, r in enumerate(BASELINES)}}
    shown = compared(rows_of(labels, clusters), found, resamples=200)
    for baseline in (*BASELINES, BETTER_BASELINE):
        contrast = contrast_of(shown, "adatt", baseline)
        for metrics in [*contrast.tasks.values(), contrast.mean]:
            assert {metric: change.verdict for metric, change in metrics.items()} == dict.fromkeys(
                ("relative_loss", "auc", "gauc"), "better"
            )


def test_equals_are_not_told_apart(labels: Array, clusters: Array) -> None:
    alike = guesses(labels, 1, 1)
    shown = compared(rows_of(labels, clusters), dict.fromkeys(("adatt", *BASELINES), alike), resamples=50)
    for contrast in shown.contrasts:
        for change in contrast.mean.values():
            assert (change.mean, change.ends, change.verdict) == (0, (0, 0), "no difference shown")


def test_every_pair_is_there_once(labels: Array, clusters: Array) -> None:
    found = {name: guesses(labels, 1, 1) for name in ("adatt", *BASELINES)}
    shown = compared(rows_of(labels, clusters), found, resamples=20)
    assert [(one.variant, one.baseline) for one in shown.contrasts] == [
        ("adatt", "single-task"),
        ("adatt", "lightgbm"),
        ("single-task", "lightgbm"),
        ("lightgbm", "single-task"),
        ("adatt", BETTER_BASELINE),
    ]
    assert not shown.between
    alone = compared(rows_of(labels, clusters), found, baselines=["lightgbm"], better_baseline={}, resamples=20)
    assert {one.baseline for one in alone.contrasts} == {"lightgbm"}


def test_the_first_that_is_no_baseline_is_held_against_the_others(labels: Array, clusters: Array) -> None:
    skills = {"lightgbm": 1.0, "adatt": 2.0, "ple": 1.0, "mmoe": 3.0}
    found = {name: guesses(labels, skill, 1) for name, skill in skills.items()}
    rows = rows_of(labels, clusters)
    for baselines in (["lightgbm"], []):
        shown = compared(rows, found, baselines=baselines, better_baseline={}, resamples=50)
        first = "adatt" if baselines else "lightgbm"
        others = [name for name in skills if name not in (*baselines, first)]
        assert [(one.variant, one.baseline) for one in shown.between] == [(first, other) for other in others]
        against = baselines or [first]
        assert {(one.variant, one.baseline) for one in shown.contrasts} == {
            (name, other) for name in skills for other in against if name != other
        }
    (ple, mmoe) = compared(rows, found, baselines=["lightgbm"], better_baseline={}, resamples=50).between
    assert ple.mean["relative_loss"].verdict == "better"
    assert mmoe.mean["relative_loss"].verdict == "worse"
    other_way = compared(rows, {n: found[n] for n in ("ple", "adatt")}, baselines=[], better_baseline={}, resamples=50)
    assert other_way.between[0].mean["auc"].mean == pytest.approx(-ple.mean["auc"].mean)


def test_a_task_without_known_rows_or_loss_of_its_baseline_is_left_out(labels: Array, clusters: Array) -> None:
    rows = rows_of(labels, clusters)
    unknown = labelled_rows(TASKS[1], labels[:, 1], np.zeros(ROWS), clusters, 60, grouped=True)
    exact = RegressionTask(name="exact", kind="regression")
    perfect = labelled_rows(exact, labels[:, 0], np.ones(ROWS), clusters, 60, grouped=True)
    click = guesses(labels, 1, 1)[0]
    by_place = [click, click, [labels[:, 0].astype(float)]]
    shown = evidence(
        [rows[0], unknown, perfect],
        ["adatt", "lightgbm"],
        lambda variant, task: by_place[task],
        baselines=["lightgbm"],
        better_baseline={},
        resamples=20,
    )
    (contrast,) = shown.contrasts
    assert set(contrast.tasks["click"]) == {"relative_loss", "auc", "gauc"}
    assert contrast.tasks["like"] == contrast.tasks["exact"] == {}
