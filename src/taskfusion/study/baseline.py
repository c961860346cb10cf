"""Baselines by name: what each is, in one sentence. Helps of commands read it, so it loads no models."""

from collections.abc import Mapping
from typing import Final

SINGLE_TASK: Final = "single-task"
UNDISTILLED: Final = "single-task-undistilled"
LIGHTGBM: Final = "lightgbm"
CATBOOST: Final = "catboost"

BASELINE_EXTRAS: Final[Mapping[str, str]] = {CATBOOST: "bench"}
"""The extra of taskfusion that a baseline needs."""

BASELINE_LINES: Final[Mapping[str, str]] = {
    SINGLE_TASK: "One separate model per task, with tables, optimizer and stopping of its own.",
    UNDISTILLED: "As single-task, without teachers.",
    LIGHTGBM: "Gradient-boosted trees, one separate model per task (LightGBM: Ke et al., NIPS 2017).",
    CATBOOST: "Gradient-boosted trees with the defaults of CatBoost, one separate model per task (Prokhorenkova et "
    "al., NeurIPS 2018).",
}
