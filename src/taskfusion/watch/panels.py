"""What a dashboard shows, row by row: each panel is of gauges of the registry, or of metrics of a server."""

from typing import Final

from taskfusion.watch.panel import Line, Panel, Row
from taskfusion.watch.registry import gauge
from taskfusion.watch.rules.watched import BLIND_SECONDS, STUCK_SECONDS
from taskfusion.watch.serving_panels import served

CALIBRATION_SHIFT: Final = 0.1
"""Relative shift of calibration that the evidence of a watch is designed to find."""


def rows(deadline_seconds: float) -> list[Row]:
    """All rows.

    Args:
        deadline_seconds: that a request should be answered in.
    """
    return [_NOW, _TASK, _FEATURES, served(deadline_seconds), _PILOT]


def _line(name: str, legend: str) -> Line:
    return Line(f"{gauge(name)}%s", legend)


def _age(name: str) -> Line:
    return Line(f"time() - max({gauge(name)})", is_instant=True)


_OF_SEGMENT: Final = "{{segment}} {{bundle}}"
_OF_EDGE: Final = "{{source}} level {{level}} {{bundle}}"
_OF_FEATURE: Final = "{{feature}} {{bundle}}"

_NOW: Final = Row(
    "Now",
    [
        Panel(
            "Alarms",
            "Alarms that hold. The table beside says which.",
            [Line(f"count({gauge('alarm_value')}) or vector(0)", is_instant=True)],
            form="stat",
            limits=(1,),
            width=4,
        ),
        Panel(
            "Judged",
            "Since alarms were last looked for.",
            [_age("written_timestamp_seconds")],
            "seconds",
            "stat",
            (STUCK_SECONDS,),
            4,
        ),
        Panel(
            "Newest row",
            "Age of the newest row that was read.",
            [_age("data_until_timestamp_seconds")],
            "seconds",
            "stat",
            (BLIND_SECONDS,),
            4,
        ),
        Panel(
            "What is wrong",
            "One row per alarm, with its limit, since when it holds, and the key of the runbook. Harm names the task.",
            [
                Line(gauge("alarm_value"), is_instant=True),
                Line(gauge("alarm_limit"), is_instant=True),
                Line(f"time() - {gauge('alarm_since_timestamp_seconds')}", is_instant=True),
                Line(f"time() - {gauge('harm_since_timestamp_seconds')}", is_instant=True),
            ],
            form="table",
            width=12,
        ),
    ],
)
_TASK: Final = Row(
    "Task $task",
    [
        Panel(
            "Calibration",
            "Mean label over mean prediction, per window of labelled impressions; 1 is right.",
            [_line("calibration_ratio", _OF_SEGMENT)],
            "ratio",
            limits=(1 - CALIBRATION_SHIFT, 1 + CALIBRATION_SHIFT),
        ),
        Panel(
            "Evidence of a shift",
            "An alarm where it passes its limit, which is made for a shift of 10 %.",
            [
                _line("cusum_up", f"more labels {_OF_SEGMENT}"),
                _line("cusum_down", f"fewer labels {_OF_SEGMENT}"),
                _line("cusum_up_limit", f"limit of more {_OF_SEGMENT}"),
                _line("cusum_down_limit", f"limit of fewer {_OF_SEGMENT}"),
            ],
        ),
        Panel(
            "Normalised entropy",
            "Below 1 the model knows more than the mean label.",
            [_line("ne_ratio", _OF_SEGMENT)],
            "ratio",
            limits=(1,),
        ),
        Panel(
            "Known labels",
            "Share of the impressions that should have a label and do, and of all rows that are joined.",
            [_line("known_ratio", _OF_SEGMENT), _line("labels_matured_ratio", "joined")],
            "share",
        ),
        Panel(
            "Labels",
            "Labelled impressions and positives of a window, and labels that came too late to count.",
            [
                _line("window_rows", f"impressions {_OF_SEGMENT}"),
                _line("window_positives", f"positives {_OF_SEGMENT}"),
                _line("labels_late", "late"),
            ],
        ),
        Panel(
            "Age of labels",
            "Age of the newest decisions whose labels are known.",
            [
                Line(f"time() - {gauge('labels_until_timestamp_seconds')}%s", "joined"),
                Line(f"time() - {gauge('window_end_timestamp_seconds')}%s", f"window {_OF_SEGMENT}"),
            ],
            "seconds",
        ),
        Panel(
            "Drift of predictions",
            "Population stability index against the reference; its p-value does not depend on the window's size.",
            [_line("score_psi", _OF_SEGMENT)],
            width=12,
        ),
        Panel(
            "Drift of predictions, p",
            "Chance of it without drift.",
            [_line("score_psi_pvalue", _OF_SEGMENT)],
            "p",
            width=12,
        ),
        Panel(
            "Gates",
            "From whom the task takes, and took in the reference.",
            [
                _line("gate_share_ratio", _OF_EDGE),
                _line("gate_share_reference_ratio", f"reference {_OF_EDGE}"),
            ],
            "share",
            width=12,
        ),
        Panel("Gates, p", "Chance of it without drift.", [_line("gate_share_pvalue", _OF_EDGE)], "p", width=12),
    ],
    "task",
)
_FEATURES: Final = Row(
    "Features and experts",
    [
        Panel(
            "Without a value",
            "Share of rows, and the reference's.",
            [
                _line("feature_missing_ratio", _OF_FEATURE),
                _line("feature_missing_reference_ratio", f"reference {_OF_FEATURE}"),
            ],
            "share",
        ),
        Panel(
            "Never seen in training",
            "Share of values, and the reference's.",
            [
                _line("feature_unseen_ratio", _OF_FEATURE),
                _line("feature_unseen_reference_ratio", f"reference {_OF_FEATURE}"),
            ],
            "share",
        ),
        Panel("Drift", "Population stability index against the reference.", [_line("feature_psi", _OF_FEATURE)]),
        Panel(
            "Without a value, p", "Chance of it without a change.", [_line("feature_missing_pvalue", _OF_FEATURE)], "p"
        ),
        Panel("Never seen, p", "Chance of it without a change.", [_line("feature_unseen_pvalue", _OF_FEATURE)], "p"),
        Panel("Drift, p", "Chance of it without a change.", [_line("feature_psi_pvalue", _OF_FEATURE)], "p"),
        Panel(
            "Experts",
            "What each does, over the same of the reference; near 0 it does nothing any more.",
            [_line("expert_part_ratio", "{{expert}} level {{level}} {{bundle}}")],
            "ratio",
            width=24,
        ),
    ],
)
_PILOT: Final = Row(
    "Pilot",
    [
        Panel("Units per arm", "Against the plan.", [Line(gauge("sample_ratio_units"), "{{arm}}")]),
        Panel(
            "Ratio of the arms, p",
            "Small: nothing of the pilot can be believed.",
            [_line("sample_ratio_pvalue", "p")],
            "p",
        ),
        Panel(
            "KPIs against the holdback",
            "Relative change with bounds that hold at all looks together.",
            [
                Line(gauge("holdback_change_ratio"), "{{kpi}} {{arm}}"),
                Line(gauge("holdback_change_lower_ratio"), "{{kpi}} {{arm}} lower"),
                Line(gauge("holdback_change_upper_ratio"), "{{kpi}} {{arm}} upper"),
            ],
            "share",
            limits=(0,),
        ),
    ],
)
