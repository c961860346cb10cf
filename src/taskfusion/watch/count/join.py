"""Decisions and outcomes of the same request and candidate.

Axes: D decisions, N outcomes, M decisions that the outcome log has, U different outcomes, T tasks, S segment columns.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from taskfusion.watch.read.rows import Rows, keys


@dataclass(frozen=True, eq=False)
class Joined:
    """Decisions that the outcome log has: impressions.

    Attributes:
        decisions: rows [M].
        label_MT: NaN where unknown.
        segment_MS: codes.
        is_matched_N: which outcomes belong to a decision.
    """

    decisions: Rows
    label_MT: npt.NDArray[np.float64]
    segment_MS: npt.NDArray[np.uint8]
    is_matched_N: npt.NDArray[np.bool_]


def join(decisions: Rows, outcomes: Rows) -> Joined:
    """Join rows of both logs.

    A decision may be there several times, as of a shadow, and each has the outcome. Of several outcomes the last value
    of each label that is known counts.

    Args:
        decisions: [D].
        outcomes: [N], in the order of the log.
    """
    key_N = keys(outcomes)
    order_N = np.argsort(key_N, kind="stable")
    key_N = key_N[order_N]
    is_first_N = np.ones(len(key_N), dtype=bool)
    is_first_N[1:] = key_N[1:] != key_N[:-1]
    group_N = np.cumsum(is_first_N) - 1
    key_U = key_N[is_first_N]
    place_D, is_hit_D = _find(key_U, keys(decisions))
    has_U = np.zeros(len(key_U), dtype=bool)
    has_U[place_D[is_hit_D]] = True
    is_matched_N = np.zeros(len(key_N), dtype=bool)
    is_matched_N[order_N] = has_U[group_N]
    label_NT = outcomes["label"][order_N]
    if len(key_U) == len(key_N):
        label_UT, segment_US = label_NT, outcomes["segment"][order_N]
    else:
        label_UT = np.full((len(key_U), label_NT.shape[1]), np.nan)
        for task in range(label_NT.shape[1]):
            is_known_N = ~np.isnan(label_NT[:, task])
            label_UT[group_N[is_known_N], task] = label_NT[is_known_N, task]
        segment_US = np.zeros((len(key_U), outcomes["segment"].shape[1]), dtype=np.uint8)
        segment_US[group_N] = outcomes["segment"][order_N]
    place_M = place_D[is_hit_D]
    return Joined(decisions[is_hit_D], label_UT[place_M], segment_US[place_M], is_matched_N)


def _find(key_U: npt.NDArray[Any], key_D: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Where each of D is among sorted keys, and whether it is there at all."""
    if not len(key_U):
        return np.zeros(len(key_D), dtype=np.int64), np.zeros(len(key_D), dtype=bool)
    order_D = np.argsort(key_D)
    place_D = np.empty(len(key_D), dtype=np.int64)
    place_D[order_D] = np.minimum(np.searchsorted(key_U, key_D[order_D]), len(key_U) - 1)
    return place_D, key_U[place_D] == key_D
