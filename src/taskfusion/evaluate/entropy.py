"""Log loss and what it is measured against: the entropy of the class shares."""

from typing import Final

import numpy as np

from taskfusion.evaluate.rows import Floats

CLIP: Final = 1e-7
"""Probabilities are kept this far from 0 and 1 where their logarithm is taken."""


def entropy(weight_C: Floats) -> float:
    """Entropy in nats of the shares of C classes, given their row weights: the log loss of predicting the shares."""
    share_C = weight_C[weight_C > 0] / weight_C.sum()
    return float(-np.sum(share_C * np.log(share_C)))
