"""What a log loss is measured against: the entropy of the class shares."""

import numpy as np

from taskfusion.evaluate.rows import Floats


def entropy(weight_C: Floats) -> float:
    """Entropy in nats of the shares of C classes, given their row weights: the log loss of predicting the shares."""
    share_C = weight_C[weight_C > 0] / weight_C.sum()
    return float(-np.sum(share_C * np.log(share_C)))
