"""By how much a loss changes when something is taken away from models, with intervals over groups of rows.

Axes: S seeds, N things taken away, G groups of rows, P parts of the rows (all, then segments), R resamples.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.special import ndtri

from taskfusion.evaluate.agreement import SeedFigure, is_steady
from taskfusion.evaluate.bootstrap import Ratios, percentile_interval, resample
from taskfusion.evaluate.joint import interval_around
from taskfusion.evaluate.rows import Floats

RESAMPLES: Final = 1000
_WIDTH: Final = 0.95


def loss_changes(
    weight_GP: Floats, whole_SGP: Floats, without_NSGP: Floats, *, confidence: float, resamples: int = RESAMPLES
) -> list[list[SeedFigure | None]]:
    """Changes of the mean loss of one task in percent, per thing taken away and part of the rows.

    The change is that of the losses of all seeds together. Its interval is what other groups of rows would do to these
    models; half the width of the bootstrap's percentile interval gives its standard error, since a confidence near 1
    asks for percentiles that few resamples hold.

    Args:
        weight_GP: sums of the rows' weights; a part whose sum is 0 has no change.
        whole_SGP: sums of weighted losses of the models as they are.
        without_NSGP: the same without each thing.
        confidence: of each interval, 0..1.
        resamples: R.
    """
    whole_GP, without_NGP = whole_SGP.mean(0), without_NSGP.mean(1)
    known = [part for part in range(weight_GP.shape[1]) if weight_GP[:, part].sum() > 0 and whole_GP[:, part].sum() > 0]
    pairs = [(thing, part) for part in known for thing in range(len(without_NSGP))]
    if not pairs:
        return [[None] * weight_GP.shape[1] for _ in without_NSGP]
    statistics = [_ratio(whole_GP, weight_GP, part) for part in known]
    statistics += [_ratio(without_NGP[thing], weight_GP, part) for thing, part in pairs]
    value_RM = resample(statistics, resamples=resamples, seed=0)
    found: list[list[SeedFigure | None]] = [[None] * weight_GP.shape[1] for _ in without_NSGP]
    for place, (thing, part) in enumerate(pairs, len(known)):
        with np.errstate(divide="ignore", invalid="ignore"):
            change_R = 100 * (value_RM[:, place] / value_RM[:, known.index(part)] - 1)
        whole_S = whole_SGP[:, :, part].sum(1)
        by_seed_S = 100 * (without_NSGP[thing, :, :, part].sum(1) / whole_S - 1)
        mean = 100 * (without_NGP[thing][:, part].sum() / whole_GP[:, part].sum() - 1)
        found[thing][part] = _figure(float(mean), by_seed_S.tolist(), change_R, len(weight_GP), confidence)
    return found


def _ratio(sum_GP: Floats, weight_GP: Floats, part: int) -> Ratios:
    return Ratios(sum_GP[:, [part]], weight_GP[:, [part]])


def _figure(mean: float, by_seed: Sequence[float], change_R: Floats, groups: int, confidence: float) -> SeedFigure:
    low, high = percentile_interval(change_R, _WIDTH) or (mean, mean)
    error = (high - low) / 2 / float(ndtri((1 + _WIDTH) / 2))
    ends = interval_around(mean, error, max(groups - 1, 1), confidence)
    return SeedFigure(mean=mean, low=ends.low, high=ends.high, by_seed=tuple(by_seed), steady=is_steady(by_seed))
