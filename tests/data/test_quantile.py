"""Quantiles of a stream against those of the whole, and normal scores against scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.preprocessing import QuantileTransformer

from taskfusion.data.quantile import NUM_QUANTILES, SAMPLE, QuantileSample, normal_scores, without_outliers

numbers = st.floats(-1e9, 1e9, allow_subnormal=False)


def quantiles_of(*blocks: np.ndarray) -> tuple[float, ...]:
    sample = QuantileSample()
    for block in blocks:
        sample.add(block)
    return sample.quantiles()


@given(st.lists(st.lists(numbers, max_size=30), min_size=1, max_size=4))
def test_short_streams_are_exact_however_they_are_cut(blocks: list[list[float]]) -> None:
    whole = np.array([number for block in blocks for number in block])
    found = quantiles_of(*(np.array(block) for block in blocks))
    expected = np.quantile(whole, np.linspace(0, 1, NUM_QUANTILES)) if len(whole) else []
    assert found == pytest.approx(list(expected), rel=1e-12, abs=1e-12)


def test_long_streams_are_close_and_keep_their_ends() -> None:
    rng = np.random.default_rng(0)
    blocks = [np.sort(rng.exponential(size=65_536)) + shift for shift in (0, 5, 1, 0, 2, 0, 0)]
    whole = np.concatenate(blocks)
    assert len(whole) > 4 * SAMPLE
    found = quantiles_of(*blocks)
    assert (found[0], found[-1]) == (whole.min(), whole.max())
    assert list(found) == sorted(found)
    share = np.searchsorted(np.sort(whole), found) / len(whole)
    assert np.abs(share - np.linspace(0, 1, NUM_QUANTILES)).max() < 0.005
    assert found == quantiles_of(*blocks)


def test_the_sample_does_not_depend_on_where_a_stream_is_cut() -> None:
    stream = np.random.default_rng(1).normal(size=SAMPLE + 50_000)
    whole = quantiles_of(stream)
    assert quantiles_of(*np.array_split(stream, 7)) == whole
    assert quantiles_of(stream[:SAMPLE], stream[SAMPLE:]) == whole


whole_numbers = st.integers(-3, 3) | st.integers(-(10**9), 10**9)


@given(st.lists(whole_numbers, min_size=1, max_size=60), st.lists(whole_numbers, max_size=10))
def test_scores_are_those_of_scikit_learn(train: list[int], scored: list[int]) -> None:
    values = np.array([*train, *scored], dtype=np.float64)
    quantiles = np.quantile(np.array(train, dtype=np.float64), np.linspace(0, 1, NUM_QUANTILES))
    oracle = QuantileTransformer(n_quantiles=NUM_QUANTILES, output_distribution="normal")
    oracle.quantiles_ = np.maximum.accumulate(quantiles)[:, None]
    oracle.references_, oracle.n_quantiles_, oracle.n_features_in_ = np.linspace(0, 1, NUM_QUANTILES), NUM_QUANTILES, 1
    inside = (values > quantiles[0]) & (
        values < quantiles[-1]
    )  # scikit-learn sends the ends, to within 1e-7, to infinity
    found = normal_scores(values, oracle.quantiles_[:, 0].tolist())
    assert found[inside] == pytest.approx(oracle.transform(values[:, None])[inside, 0], abs=1e-6)


def test_scores_of_even_ranks_are_normal() -> None:
    stream = np.random.default_rng(2).lognormal(sigma=2, size=5000)
    scores = normal_scores(stream, quantiles_of(stream))
    inner = scores[np.abs(scores) < 2]
    assert norm.cdf(inner) == pytest.approx(
        (np.argsort(np.argsort(stream))[np.abs(scores) < 2] + 0.5) / 5000, abs=0.005
    )


def test_ties_ends_missing_and_nothing_known() -> None:
    quantiles = quantiles_of(np.array([0.0] * 50 + [1.0] * 50))
    assert normal_scores(np.array([0.0, 1.0, np.nan]), quantiles) == pytest.approx(
        [norm.ppf(0.25), norm.ppf(0.75), np.nan], abs=0.02, nan_ok=True
    )
    assert normal_scores(np.array([3.0]), quantiles_of(np.array([3.0, 3.0]))).tolist() == [0.0]
    assert np.isfinite(normal_scores(np.array([-1e300, 1e300]), quantiles)).all()
    assert quantiles_of(np.zeros(0)) == ()
    assert normal_scores(np.array([5.0, np.nan]), ()) == pytest.approx([0.0, np.nan], nan_ok=True)


@pytest.mark.parametrize("far", [-999_999.0, 1e30, -np.finfo(float).max])
@pytest.mark.parametrize("rows", [1, 150])
def test_numbers_beyond_a_wide_gap_are_no_typical_ones(far: float, rows: int) -> None:
    column = np.random.default_rng(0).normal(size=3000)
    found = without_outliers(quantiles_of(np.where(np.arange(3000) < rows, far, column)))
    assert column.min() <= found[0] <= found[-1] <= column.max()
    assert len(found) >= 0.9 * NUM_QUANTILES


@pytest.mark.parametrize(
    "column",
    [
        np.random.default_rng(0).normal(size=3000),
        np.random.default_rng(0).lognormal(sigma=2, size=3000),
        np.where(np.arange(3000) % 300 == 0, 1e6, 0.0),
        np.array([5.0, 5.0]),
        np.arange(3.0),
    ],
    ids=["normal", "long tail", "mostly zero", "constant", "few"],
)
def test_long_tails_rare_counts_and_constants_are_typical(column: np.ndarray) -> None:
    assert without_outliers(quantiles_of(column)) == quantiles_of(column)
    assert without_outliers(()) == ()
