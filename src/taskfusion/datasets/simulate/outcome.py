"""The outcomes of the simulated feed: their exact probabilities, draws of them, and the bases that set their rates."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit

from taskfusion.base.errors import ExperimentError
from taskfusion.datasets.simulate.settings import TASKS, FloatArray

LONGEST_WATCH = 5.0  # watch ratios end here: the video seen five times
SKIPPED_AT_ONCE = 0.18  # share of the videos not clicked that were not watched at all
# Logits of a like and a profile visit are lower by this where the video was not clicked (KuaiRand-Pure: rates of
# 3.2 % against 0.56 %, and 3.9 % against 0.23 %).
LIKE_WITHOUT_CLICK, PROFILE_WITHOUT_CLICK = -1.75, -2.85
# The watch ratio is LONGEST_WATCH times a Beta variable where the video was not clicked, clicked, viewed long: what its
# mean's logit is shifted by, and the sum of its two parameters, near the means and deviations of KuaiRand-Pure.
WATCH_SHIFTS = (-2.5, -1.5, 0.0)
WATCH_CONCENTRATIONS = (23.0, 26.0, 18.0)


@dataclass(frozen=True)
class Outcomes:
    """What happens in B rows, and how likely it was.

    Attributes:
        labels: drawn outcomes, [B, T], tasks in the order of TASKS.
        truth: probability of each binary outcome and expectation of watch_ratio, given the logits alone, [B, T].
    """

    labels: FloatArray
    truth: FloatArray


def truth_of(logits: FloatArray) -> FloatArray:
    """Probabilities of the outcomes, and the expected watch ratio, given the logits alone.

    Args:
        logits: [B, T], tasks in the order of TASKS, as FeedSettings.transfer defines them.

    Returns:
        [B, T]: P(click); P(click) P(long view | click); the mean of the watch ratio over no click, a click, a long
        view; P(like) and P(profile visit) over click and no click; P(no like) P(dislike | no like).
    """
    chance = expit(logits)
    click, long_view = chance[:, 0], chance[:, 0] * chance[:, 1]
    skipped, clicked, viewed = (LONGEST_WATCH * mean for mean in _watch_means(logits[:, 2]))
    watched = (1 - click) * (1 - SKIPPED_AT_ONCE) * skipped + (click - long_view) * clicked + long_view * viewed
    like = click * chance[:, 3] + (1 - click) * expit(logits[:, 3] + LIKE_WITHOUT_CLICK)
    profile = click * chance[:, 4] + (1 - click) * expit(logits[:, 4] + PROFILE_WITHOUT_CLICK)
    return np.column_stack([click, long_view, watched, like, profile, (1 - like) * chance[:, 5]])


def draw_outcomes(logits: FloatArray, rng: np.random.Generator) -> Outcomes:
    """Draw the outcomes of rows with logits [B, T]."""
    chance = expit(logits)
    uniform = rng.random(logits.shape)
    click = uniform[:, 0] < chance[:, 0]
    long_view = click & (uniform[:, 1] < chance[:, 1])
    state = click.astype(np.int64) + long_view
    mean = np.choose(state, _watch_means(logits[:, 2]))
    concentration = np.array(WATCH_CONCENTRATIONS)[state]
    watched = LONGEST_WATCH * rng.beta(mean * concentration, (1 - mean) * concentration)
    watched[~click & (uniform[:, 2] < SKIPPED_AT_ONCE)] = 0
    like = uniform[:, 3] < expit(logits[:, 3] + np.where(click, 0, LIKE_WITHOUT_CLICK))
    profile = uniform[:, 4] < expit(logits[:, 4] + np.where(click, 0, PROFILE_WITHOUT_CLICK))
    dislike = ~like & (uniform[:, 5] < chance[:, 5])
    labels = np.column_stack([click, long_view, watched, like, profile, dislike]).astype(np.float64)
    return Outcomes(labels=labels, truth=truth_of(logits))


def calibrate(logits: FloatArray, rates: dict[str, float]) -> FloatArray:
    """Bases [T] to add to logits so that the mean truth of each task is its rate.

    Args:
        logits: of a sample of the rows, without bases, [B, T].
        rates: the mean truth to reach, in the order of TASKS.

    Raises:
        ExperimentError: a rate is out of reach.
    """
    bases = np.zeros(len(TASKS))
    for position, task in enumerate(TASKS):  # a task's truth depends on its own base and on those before it

        def excess(base: float, position: int = position, task: str = task) -> float:
            shifted = logits + bases
            shifted[:, position] += base
            return float(truth_of(shifted)[:, position].mean()) - rates[task]

        if excess(-30.0) * excess(30.0) >= 0:
            raise ExperimentError(f"the rate of {task}, {rates[task]}, cannot be reached with the other rates as given")
        bases[position] = brentq(excess, -30.0, 30.0, xtol=1e-6)
    return bases


def _watch_means(logit: FloatArray) -> list[NDArray[np.float64]]:
    """Means of the Beta variables of the states not clicked, clicked and viewed long, [B] each, within (0, 1)."""
    return [expit(logit + shift) for shift in WATCH_SHIFTS]
