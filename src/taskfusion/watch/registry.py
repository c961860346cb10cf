"""Every metric that alarms and dashboards read, in one table. The exporter, the rules, the dashboard and the table of
docs/watch.md are made from it.

Names follow the conventions of Prometheus: a prefix, base units, `_ratio` for shares and quotients,
`_timestamp_seconds` for moments.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

Source = Literal[
    "windows", "newest", "features", "edges", "experts", "traffic", "labels", "ratio", "holdback", "harm", "alarms",
    "moment",
]  # fmt: skip
"""Where a gauge's values stand: a list of watch.json, of windows the last full one or the newest; the alarms of
alarms.json; or the moments of that file."""

Unit = Literal["none", "share", "ratio", "seconds", "moment", "p"]

PREFIX: Final = "taskfusion_watch_"
WINDOW: Final = ("task", "segment", "bundle")
FEATURE: Final = ("feature", "bundle")
EDGE: Final = ("task", "source", "level", "bundle")
EXPERT: Final = ("expert", "level", "bundle")
TRAFFIC: Final = ("bundle", "tier", "arm")
HOLDBACK: Final = ("kpi", "arm")
HARM: Final = ("task", "alarm", "cause", "feature", "bundle", "remedy")
ALARM: Final = ("alarm", "task", "kpi", "feature", "segment", "bundle", "severity", "action", "remedy")


@dataclass(frozen=True)
class Gauge:
    """One gauge of a watch.

    Attributes:
        name: without the prefix.
        about: what it says.
        unit: of its values.
        source: of its values.
        field: of a reading; of several numbers by name where the labels have one more than the source's.
        labels: whose values tell its series apart; an empty value is "all".
    """

    name: str
    about: str
    unit: Unit
    source: Source
    field: str
    labels: tuple[str, ...]

    @property
    def metric(self) -> str:
        """The whole name."""
        return PREFIX + self.name


_WINDOWS: Final[tuple[tuple[str, str, Unit, str], ...]] = (
    ("window_rows", "Labelled impressions of the last full window.", "none", "rows"),
    ("window_positives", "Sum of its labels.", "none", "positives"),
    ("window_end_timestamp_seconds", "When its last decision was made.", "moment", "end"),
    ("known_ratio", "Share of the impressions that should have a label and do.", "share", "known"),
    (
        "calibration_ratio",
        "Mean label over mean prediction as the reference corrects it; 1 is right.",
        "ratio",
        "calibration",
    ),
    ("ne_ratio", "Log loss over that of the mean label; below 1 the model knows something.", "ratio", "ne"),
    ("score_psi", "Population stability index of predictions against the reference.", "none", "psi"),
    ("score_psi_pvalue", "Chance of so large an index without drift.", "p", "psi_p"),
)
_NEWEST: Final[tuple[tuple[str, str, Unit, str], ...]] = (
    ("cusum_up", "Evidence that labels are more than expected, in nats.", "none", "cusum_up"),
    ("cusum_down", "Evidence that labels are fewer than expected, in nats.", "none", "cusum_down"),
    ("cusum_up_limit", "Above which cusum_up is an alarm, in nats.", "none", "limit_up"),
    ("cusum_down_limit", "Above which cusum_down is an alarm, in nats.", "none", "limit_down"),
)
_FEATURES: Final[tuple[tuple[str, str, Unit, str], ...]] = (
    ("feature_missing_ratio", "Share of rows without a value in the last full window.", "share", "missing"),
    ("feature_missing_reference_ratio", "The same of the reference.", "share", "missing_reference"),
    ("feature_missing_pvalue", "Chance of such a share if it were the reference's.", "p", "missing_p"),
    ("feature_unseen_ratio", "Share of values that training never saw.", "share", "unseen"),
    ("feature_unseen_reference_ratio", "The same of the reference.", "share", "unseen_reference"),
    ("feature_unseen_pvalue", "Chance of such a share if it were the reference's.", "p", "unseen_p"),
    ("feature_psi", "Population stability index of its values against the reference.", "none", "psi"),
    ("feature_psi_pvalue", "Chance of so large an index without drift.", "p", "psi_p"),
)
_EDGES: Final[tuple[tuple[str, str, Unit, str], ...]] = (
    ("gate_share_ratio", "Mean share of a task's gate that goes to a source.", "share", "share"),
    ("gate_share_reference_ratio", "The same of the reference.", "share", "reference"),
    ("gate_share_pvalue", "Chance of so large a change without drift.", "p", "p"),
)
_OTHERS: Final[tuple[tuple[str, str, Unit, Source, str, tuple[str, ...]], ...]] = (
    (
        "traffic_requests",
        "Requests of the hour, of which a sample may stand for all.",
        "none",
        "traffic",
        "requests",
        TRAFFIC,
    ),
    (
        "traffic_fallback_requests",
        "Those of them that an earlier tier did not answer, by why.",
        "none",
        "traffic",
        "fallback",
        (*TRAFFIC, "reason"),
    ),
    (
        "labels_until_timestamp_seconds",
        "Decisions up to here are joined.",
        "moment",
        "labels",
        "mature_until",
        ("task",),
    ),
    (
        "labels_matured_ratio",
        "Share of all scored rows that are old enough and joined.",
        "share",
        "labels",
        "matured",
        ("task",),
    ),
    ("labels_late", "Labels that came after their time was joined.", "none", "labels", "late", ("task",)),
    ("sample_ratio_pvalue", "Chance of such arms if they had their ratio.", "p", "ratio", "p", ()),
    ("sample_ratio_units", "Units per arm.", "none", "ratio", "units", ("arm",)),
    (
        "holdback_change_ratio",
        "Relative change of a KPI against the holdback.",
        "share",
        "holdback",
        "change",
        HOLDBACK,
    ),
    ("holdback_change_lower_ratio", "Its lower bound, at all looks together.", "share", "holdback", "lower", HOLDBACK),
    ("holdback_change_upper_ratio", "Its upper bound.", "share", "holdback", "upper", HOLDBACK),
    (
        "harm_since_timestamp_seconds",
        "When harm was first found; there while it holds.",
        "moment",
        "harm",
        "since",
        HARM,
    ),
    ("alarm_value", "What an alarm read; there while it holds.", "none", "alarms", "value", ALARM),
    ("alarm_limit", "What it should not pass; there while it holds.", "none", "alarms", "limit", ALARM),
    ("alarm_since_timestamp_seconds", "When it was first found.", "moment", "alarms", "since", ALARM),
    ("written_timestamp_seconds", "When alarms were last looked for.", "moment", "moment", "written", ()),
    ("data_until_timestamp_seconds", "Time of the newest row read.", "moment", "moment", "data_until", ()),
)

GAUGES: Final[tuple[Gauge, ...]] = (
    *(Gauge(name, about, unit, "windows", field, WINDOW) for name, about, unit, field in _WINDOWS),
    *(Gauge(name, about, unit, "newest", field, WINDOW) for name, about, unit, field in _NEWEST),
    *(Gauge(name, about, unit, "features", field, FEATURE) for name, about, unit, field in _FEATURES),
    *(Gauge(name, about, unit, "edges", field, EDGE) for name, about, unit, field in _EDGES),
    Gauge(
        "expert_part_ratio", "What an expert does, over the same of the reference.", "ratio", "experts", "part", EXPERT
    ),
    *(Gauge(*one) for one in _OTHERS),
)
"""All gauges of a watch."""


@dataclass(frozen=True)
class Served:
    """A metric of a server that rules and the dashboard read.

    Attributes:
        name: as a query has it.
        about: what it says.
        labels: whose values tell its series apart.
    """

    name: str
    about: str
    labels: tuple[str, ...]


SERVED: Final[tuple[Served, ...]] = (
    Served("taskfusion_answers_total", "By who answered, and why one before did not.", ("tier", "reason")),
    Served("taskfusion_requests_total", "Requests answered.", ("route", "status")),
    Served("taskfusion_refused_total", "Requests without predictions, by reason.", ("reason",)),
    Served("taskfusion_request_seconds_bucket", "From request to answer.", ("route", "le")),
    Served("taskfusion_request_seconds_count", "From request to answer.", ("route",)),
    Served("taskfusion_breaker", "1: in that state.", ("tier", "state")),
    Served("taskfusion_queue", "Calls that wait or are worked on.", ("tier",)),
    Served("taskfusion_decisions_total", "Rows of the decision log, or lost.", ("outcome",)),
    Served("taskfusion_worker_restarts_total", "Processes that were started in place of others.", ()),
    Served("taskfusion_score_bucket", "Predictions up to an edge of reference.json.", ("prediction", "bundle", "le")),
    Served("taskfusion_score_count", "Predictions.", ("prediction", "bundle")),
    Served("taskfusion_score_reference_bucket", "The same of rows at export.", ("prediction", "bundle", "le")),
    Served("taskfusion_score_reference_count", "The same of rows at export.", ("prediction", "bundle")),
    Served("taskfusion_model_info", "What answers, by tier.", ("tier", "bundle")),
)
"""Metrics of serve that are read here."""

METRICS: Final[frozenset[str]] = frozenset((*(one.metric for one in GAUGES), *(one.name for one in SERVED)))
"""Names of all metrics that a query may read."""

_NAME = re.compile(r"\btaskfusion_\w+")


def unknown_metrics(expression: str) -> list[str]:
    """Names in a query that no metric has.

    Args:
        expression: in PromQL.
    """
    return sorted(set(_NAME.findall(expression)) - METRICS)


def gauge(name: str) -> str:
    """The whole name of a gauge of a watch.

    Raises:
        KeyError: there is none of that name.
    """
    return _BY_NAME[name].metric


_BY_NAME: Final = {one.name: one for one in GAUGES}


def markdown_table() -> str:
    """The table of all metrics of docs/watch.md."""
    rows = [f"| `{one.metric}` | {_labels(one.labels)} | {one.about} |" for one in GAUGES]
    served = [f"| `{one.name}` | {_labels(one.labels)} | serve: {one.about} |" for one in SERVED]
    return "\n".join(["| metric | labels | meaning |", "| --- | --- | --- |", *rows, *served, ""])


def _labels(labels: tuple[str, ...]) -> str:
    return ", ".join(labels) or "none"
