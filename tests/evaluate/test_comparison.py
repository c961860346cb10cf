from random import Random
from statistics import fmean

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_rel

from taskfusion.base.errors import ExperimentError
from taskfusion.evaluate.comparison import (
    Cell,
    Difference,
    Interval,
    Parameters,
    Summary,
    VariantSummary,
    paired_interval,
    summarize,
)

Tasks = dict[str, dict[str, float | None]]

seeds_of_two = st.lists(st.tuples(st.floats(0.1, 2), st.floats(0.1, 2)), min_size=2, max_size=8)


def cell(variant: str, seed: int, tasks: Tasks, *, seconds: float = 1.0, epochs: int = 1) -> Cell:
    return Cell(
        variant=variant,
        seed=seed,
        parameters=Parameters(network=10, embedding=20, tower=5, total=35),
        flops_per_row=1e3,
        seconds=seconds,
        epochs=epochs,
        tasks=tasks,
    )


def runs(metric: str, pairs: list[tuple[float, float]]) -> list[Cell]:
    """Runs of 'single-task' and 'adatt-sp' with seeds 0, 1, ... on one task."""
    return [
        cell(variant, seed, {"like": {metric: value}})
        for seed, pair in enumerate(pairs)
        for variant, value in zip(("single-task", "adatt-sp"), pair, strict=True)
    ]


def variant_of(summary: Summary, name: str = "adatt-sp") -> VariantSummary:
    (found,) = [variant for variant in summary.variants if variant.variant == name]
    return found


def difference_of(summary: Summary, metric: str, task: str = "like") -> Difference:
    difference = variant_of(summary).tasks[task][metric].difference
    assert difference is not None
    return difference


def delta_m_of(summary: Summary) -> Interval:
    delta_m = variant_of(summary).delta_m
    assert delta_m is not None
    return delta_m


@settings(deadline=None)
@given(seeds_of_two, st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_intervals_are_those_of_the_paired_t_test(pairs: list[tuple[float, float]], confidence: float) -> None:
    reference, own = np.array(pairs).T
    assume(np.ptp(own - reference) > 1e-6)
    found = difference_of(summarize(runs("auc", pairs), confidence=confidence), "auc")
    expected = ttest_rel(own, reference).confidence_interval(confidence)
    assert found.mean == pytest.approx(np.mean(own - reference), abs=1e-12)
    assert found.low == pytest.approx(expected.low, abs=1e-9)
    assert found.high == pytest.approx(expected.high, abs=1e-9)


@settings(deadline=None)
@given(seeds_of_two, st.sampled_from(["auc", "ne", "r2", "mse"]))
def test_a_verdict_falls_where_the_interval_excludes_zero(pairs: list[tuple[float, float]], metric: str) -> None:
    found = difference_of(summarize(runs(metric, pairs)), metric)
    low, high, sign = found.low, found.high, 1 if metric in ("auc", "r2") else -1
    assert low is not None
    assert high is not None
    if low <= 0 <= high:
        assert found.verdict == "no difference shown"
    else:
        assert found.verdict == ("better" if sign * found.mean > 0 else "worse")


@settings(deadline=None)
@given(seeds_of_two, st.sampled_from(["auc", "ne"]))
def test_exchanging_variant_and_reference_turns_the_verdict(pairs: list[tuple[float, float]], metric: str) -> None:
    forth = difference_of(summarize(runs(metric, pairs)), metric)
    back = difference_of(summarize(runs(metric, [(own, reference) for reference, own in pairs])), metric)
    turned = {"better": "worse", "worse": "better"}
    assert back.verdict == turned.get(forth.verdict, forth.verdict)
    assert back.mean == pytest.approx(-forth.mean)


@settings(deadline=None)
@given(seeds_of_two, st.randoms(use_true_random=False))
def test_the_order_of_runs_does_not_matter(pairs: list[tuple[float, float]], random: Random) -> None:
    cells = runs("relative_loss", pairs)
    shuffled = random.sample(cells, len(cells))
    assert variant_of(summarize(shuffled)) == variant_of(summarize(cells))


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.floats(0.1, 2)] * 4), min_size=2, max_size=6))
def test_delta_m_is_the_mean_improvement_over_tasks_by_seed(rows: list[tuple[float, float, float, float]]) -> None:
    cells: list[Cell] = []
    gains: list[float] = []
    for seed, (like, view, like_before, view_before) in enumerate(rows):
        before: Tasks = {"like": {"relative_loss": like_before}, "view": {"relative_loss": view_before}}
        after: Tasks = {"like": {"relative_loss": like}, "view": {"relative_loss": view}}
        cells += [cell("single-task", seed, before), cell("adatt-sp", seed, after)]
        gains.append(50 * ((like_before - like) / like_before + (view_before - view) / view_before))
    expected = paired_interval(gains, 0.95)
    found = delta_m_of(summarize(cells))
    assert dict(found) == pytest.approx(dict(expected), rel=1e-9, abs=1e-9)


def test_delta_m_is_positive_where_losses_fall() -> None:
    delta_m = delta_m_of(summarize(runs("relative_loss", [(1.0, 0.9), (0.8, 0.76), (0.5, 0.46)])))
    assert delta_m.mean == pytest.approx(fmean([10, 5, 8]))
    assert delta_m.low is not None
    assert 0 < delta_m.low < delta_m.mean


def test_delta_m_averages_the_same_tasks_at_every_seed() -> None:
    cells = [
        cell("single-task", 0, {"like": {"relative_loss": 1.0}, "view": {"relative_loss": None}}),
        cell("adatt-sp", 0, {"like": {"relative_loss": 0.9}, "view": {"relative_loss": None}}),
        cell("single-task", 1, {"like": {"relative_loss": 1.0}, "view": {"relative_loss": 1.0}}),
        cell("adatt-sp", 1, {"like": {"relative_loss": 0.9}, "view": {"relative_loss": 0.1}}),
    ]
    delta_m = delta_m_of(summarize(cells))
    assert dict(delta_m) == pytest.approx({"mean": 10.0, "low": 10.0, "high": 10.0})
    only_view = [cell(c.variant, c.seed, {"view": c.tasks["view"]}) for c in cells]
    assert variant_of(summarize(only_view)).delta_m is None


def test_a_reference_without_loss_cannot_be_improved_on() -> None:
    assert variant_of(summarize(runs("relative_loss", [(0.0, 0.1), (0.0, 0.1)]))).delta_m is None


def test_means_and_spreads_are_over_the_seeds_that_have_the_metric() -> None:
    cells = [
        cell("ple", 3, {"like": {"auc": 0.75, "gauc": None}}, seconds=10, epochs=2),
        cell("ple", 1, {"like": {"auc": 0.25, "gauc": None}}, seconds=20, epochs=5),
        cell("ple", 2, {"like": {"auc": None, "gauc": None}}, seconds=30, epochs=5),
    ]
    variant = variant_of(summarize(cells), "ple")
    assert variant.seeds == (1, 2, 3)
    assert (variant.seconds, variant.epochs) == (20, 4)
    assert (variant.parameters, variant.flops_per_row) == (cells[0].parameters, 1e3)
    auc, gauc = variant.tasks["like"]["auc"], variant.tasks["like"]["gauc"]
    assert auc.values == {"1": 0.25, "2": None, "3": 0.75}
    assert auc.mean == 0.5
    assert auc.std == pytest.approx(np.std([0.25, 0.75], ddof=1))
    assert (gauc.mean, gauc.std, gauc.difference) == (None, None, None)


def test_only_seeds_of_both_are_paired() -> None:
    cells = runs("auc", [(0.5, 0.6), (0.5, 0.7)])
    cells += [cell("adatt-sp", 7, {"like": {"auc": 0.0}}), cell("single-task", 8, {"like": {"auc": 1.0}})]
    assert difference_of(summarize(cells), "auc") == difference_of(summarize(cells[:4]), "auc")
    assert variant_of(summarize(cells)).seeds == (0, 1, 7)


def test_one_seed_gives_no_interval_and_no_verdict() -> None:
    summary = summarize(runs("relative_loss", [(1.0, 0.9)]))
    difference, delta_m = difference_of(summary, "relative_loss"), delta_m_of(summary)
    assert (difference.low, difference.high) == (None, None)
    assert difference.verdict == "one seed: no interval"
    assert difference.mean == pytest.approx(-0.1)
    assert (delta_m.low, delta_m.high) == (None, None)
    assert delta_m.mean == pytest.approx(10)


@pytest.mark.parametrize("metric", ["observed_over_predicted", "a metric of later times"])
def test_metrics_without_a_better_way_have_no_verdict(metric: str) -> None:
    assert difference_of(summarize(runs(metric, [(1.0, 2.0), (1.0, 2.1)])), metric).verdict == "n/a"


def test_equal_runs_show_no_difference() -> None:
    found = difference_of(summarize(runs("auc", [(0.5, 0.5), (0.7, 0.7)])), "auc")
    assert found == Difference(mean=0, low=0, high=0, verdict="no difference shown")


def test_there_is_nothing_to_compare_with_for_the_reference_or_without_it() -> None:
    cells = runs("relative_loss", [(1.0, 0.9), (1.0, 0.8)])
    own = variant_of(summarize(cells), "single-task")
    lonely = variant_of(summarize([c for c in cells if c.variant == "adatt-sp"]))
    for variant in (own, lonely):
        assert variant.delta_m is None
        assert variant.tasks["like"]["relative_loss"].difference is None
    other_seeds = [cell(c.variant, c.seed + 10 * (c.variant == "adatt-sp"), c.tasks) for c in cells]
    assert variant_of(summarize(other_seeds)).delta_m is None


def test_the_reference_can_be_chosen() -> None:
    summary = summarize(runs("auc", [(0.5, 0.6), (0.5, 0.7)]), reference="adatt-sp")
    difference = variant_of(summary, "single-task").tasks["like"]["auc"].difference
    assert difference is not None
    assert difference.mean == pytest.approx(-0.15)
    assert summary.reference == "adatt-sp"


@given(seeds_of_two)
def test_summaries_pass_through_json_unchanged(pairs: list[tuple[float, float]]) -> None:
    summary = summarize(runs("relative_loss", pairs))
    assert Summary.model_validate_json(summary.model_dump_json()) == summary


def test_two_runs_with_one_seed_are_refused() -> None:
    cells = runs("auc", [(0.5, 0.6)])
    with pytest.raises(
        ExperimentError, match="variant 'single-task' should have one run per seed, but has two with seed 0"
    ):
        summarize([*cells, cells[0]])


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0])
def test_a_confidence_that_is_none_is_refused(confidence: float) -> None:
    with pytest.raises(ExperimentError, match="confidence should lie between 0 and 1"):
        summarize([], confidence=confidence)
