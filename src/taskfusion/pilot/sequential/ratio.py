"""Whether units come to the arms in the planned ratio, looked at as often as one likes.

M. Lindon, A. Malek, Anytime-valid inference for multinomial count data, NeurIPS 2022 (arXiv 2011.03567): the Bayes
factor of a Dirichlet prior around the planned shares against them is a martingale where they are true, so that it
exceeds 1 / alpha at any time with probability alpha at most.

Axes: A arms.
"""

from collections.abc import Sequence
from math import exp

import numpy as np
from scipy.special import gammaln

CONCENTRATION = 10_000.0
"""Of the prior: shares that differ from the plan by about half a percent are what it looks for."""


def evidence(counts: Sequence[int], shares: Sequence[float], concentration: float = CONCENTRATION) -> float:
    """Natural logarithm of the Bayes factor against the planned shares.

    Args:
        counts: units per arm [A].
        shares: planned, above 0, 1 in all [A].
        concentration: of the prior; more looks for smaller differences.
    """
    count_A, prior_A = np.asarray(counts, dtype=float), concentration * np.asarray(shares)
    total = count_A.sum()
    marginal = (
        gammaln(concentration) - gammaln(concentration + total) + (gammaln(prior_A + count_A) - gammaln(prior_A)).sum()
    )
    return float(marginal - count_A @ np.log(shares))


def p_value(counts: Sequence[int], shares: Sequence[float]) -> float:
    """Bound of the probability of so much evidence now, where the plan is kept; the least of all looks is valid."""
    return exp(-max(0.0, evidence(counts, shares)))


def is_mismatch(
    counts: Sequence[int], shares: Sequence[float], alpha: float = 0.001, least_deviation: float = 0.002
) -> bool:
    """Whether the arms do not have what was planned, by more than would matter.

    Args:
        counts: units per arm [A].
        shares: planned [A].
        alpha: chance of a false alarm at all looks together.
        least_deviation: of a share; a smaller one is no matter, however sure.
    """
    total = sum(counts)
    if total == 0:
        return False
    deviation = max(abs(count / total - share) for count, share in zip(counts, shares, strict=True))
    return deviation >= least_deviation and p_value(counts, shares) <= alpha
