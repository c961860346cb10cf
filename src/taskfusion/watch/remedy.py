"""What an alarm sends people to: one section of the runbook per key."""

from collections.abc import Mapping
from typing import Final

RUNBOOK: Final = "docs/guide/en/runbook.md"
"""Where the runbook stands in the project."""

REMEDIES: Final[Mapping[str, str]] = {
    "calibration": "calibration",
    "calibration-all": "calibration",
    "score-drift": "score_drift",
    "feature-null": "feature_null",
    "feature-drift": "feature_drift",
    "unseen": "unseen",
    "labels-late": "label_missing",
    "fallback": "fallback",
    "latency": "latency",
    "sample-ratio": "sample_ratio",
    "kpi-holdback": "kpi_holdback",
    "gate-drift": "gate_drift",
    "dead-expert": "dead_expert",
    "stale": "stale",
}
"""By key, which is the heading of a section of the runbook: the name of the alarms that it is for."""


_BY_ALARM: Final[Mapping[str, str]] = {alarm: key for key, alarm in reversed(list(REMEDIES.items()))}


def remedy_of(alarm: str, cause: str = "") -> str:
    """The key of an alarm.

    Args:
        alarm: its name, one of those of REMEDIES.
        cause: what lies behind it, as HarmReading has it; empty: nothing that is known.

    Raises:
        KeyError: no section is for such an alarm.
    """
    key = _BY_ALARM[alarm]
    return "calibration-all" if key == "calibration" and cause in ("model", "traffic") else key


def runbook_url(key: str, page: str = RUNBOOK) -> str:
    """Where the section of a key is read.

    Args:
        key: of REMEDIES.
        page: address of the runbook.
    """
    return f"{page}#{key}"
