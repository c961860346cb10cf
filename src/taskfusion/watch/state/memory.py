"""state.json: all that a watch must remember; small, and replaced as a whole.

Offsets in logs, counts, and the lengths of the files beside it change together, so that nothing is lost or counted
twice, whenever the process is killed.
"""

from typing import Final

from pydantic import Field

from taskfusion.base.record import Artifact, Record
from taskfusion.run.record.alarms import Alarm
from taskfusion.run.record.watch import FeatureReading, HarmReading, TrafficReading, WindowReading

STATE: Final = "state.json"


class OpenWindow(Record):
    """A window of one task, segment and model that still grows, and the CUSUMs of all windows before it."""

    task: str = Field(description="Name of the task.")
    segment: str | None = Field(description="Segment; null: all rows.")
    bundle: str = Field(description="Fingerprint of the model.")
    first: int | None = Field(description="Minute since 1970 of its first row; null: it is empty.")
    last: int | None = Field(description="Minute since 1970 of its last row.")
    shown: float = Field(description="Impressions.")
    sums: list[float] = Field(description="By what watch/count/cell.py calls FIELDS.")
    counts: list[float] = Field(description="Rows by bin of the prediction.")
    weekdays: list[float] = Field(description="Rows by day of the week.")
    height_up: float = Field(description="CUSUM of evidence for more labels now.")
    height_down: float = Field(description="CUSUM of evidence for fewer labels now.")
    most_up: float = Field(description="The highest in this window.")
    most_down: float = Field(description="The highest in this window.")
    run_up: list[float] = Field(description="Rows, labels and predictions since the CUSUM for more labels was 0.")
    run_down: list[float] = Field(description="The same of the other.")
    since_up: int | None = Field(description="Minute since which it is above its limit; null: it is not.")
    since_down: int | None = Field(description="The same of the other.")


class Lane(Record):
    """Tasks whose labels are mature after the same time."""

    closed_until: int | None = Field(description="Minute up to which decisions are joined; null: none is.")
    decided: int = Field(description="Rows that were scored and came here.")
    joined: int = Field(description="Those that were old enough.")
    shown: int = Field(description="Those that the outcome log has too.")
    labelled: dict[str, int] = Field(description="Those with a label, by task.")
    late: dict[str, int] = Field(description="Labels that came after their time was joined, by task.")
    outcomes: int = Field(description="Rows of outcomes that are dropped, matched or not.")
    matched: dict[str, int] = Field(description="Rows of outcomes that belong to a decision, by slice that is there.")
    unmatched: int = Field(description="Rows of outcomes of dropped slices that belong to none.")
    designs: dict[str, float] = Field(description="Design effect of predictions, by task and model.")

    @classmethod
    def empty(cls) -> "Lane":
        """Of which nothing is known yet."""
        return cls(
            closed_until=None,
            decided=0,
            joined=0,
            shown=0,
            labelled={},
            late={},
            outcomes=0,
            matched={},
            unmatched=0,
            designs={},
        )


class FeatureCounts(Record):
    """Values of one feature in a window that grows."""

    rows: int = Field(description="Rows.")
    missing: int = Field(description="Rows without a value.")
    values: int = Field(description="Values, those that training never saw included.")
    unseen: int = Field(description="Values that training never saw.")
    counts: list[float] = Field(description="By bin of the reference.")
    squares: list[float] = Field(description="By bin, the sum over requests of the square of its count.")
    crosses: list[float] = Field(description="By bin, the sum over requests of its count times rows.")


class FeatureWindow(Record):
    """A window of the features of one model that still grows, or is full and waits for the next minute."""

    bundle: str = Field(description="Fingerprint of the model.")
    first: int | None = Field(description="Minute since 1970 of its first row; null: it is empty.")
    last: int | None = Field(description="Minute since 1970 of its last row.")
    rows: int = Field(description="Rows.")
    square: float = Field(description="Sum over requests of rows squared.")
    features: dict[str, FeatureCounts] = Field(description="Counts by feature.")


class FusionWindow(Record):
    """What the fusion levels of one model do with the rows of a window that grows, or of the last full one."""

    bundle: str = Field(description="Fingerprint of the model.")
    first: int = Field(description="Minute since 1970 of its first row.")
    last: int = Field(description="Minute since 1970 of its last row.")
    rows_of_last: int = Field(description="Rows of that minute.")
    rows: int = Field(description="Rows.")
    requests: int = Field(description="Requests that they are of.")
    square: float = Field(description="Sum over requests of rows squared.")
    sums: list[float] = Field(description="Sum of the gate's share, by edge of the reference.")
    squares: list[float] = Field(description="By edge, the sum over requests of the square of its sum.")
    crosses: list[float] = Field(description="By edge, the sum over requests of its sum times rows.")
    weights: list[float] = Field(description="Sum of the largest weight that a unit gives, by expert of the reference.")
    says: list[list[float]] = Field(description="By expert, the sum of the numbers that it says.")
    says_squared: list[float] = Field(description="By expert, the sum of the mean of their squares.")


class ArmUnits(Record):
    """A sample of units per arm."""

    below: int = Field(description="Units whose hash is below this are in it.")
    units: dict[str, list[int]] = Field(description="Their hashes, by arm.")


class KpiArm(Record):
    """A KPI in one arm, by bucket of units."""

    kpi: str = Field(description="Name of the KPI.")
    arm: str = Field(description="Arm.")
    rows: list[float] = Field(description="Impressions with a label by bucket.")
    sums: list[float] = Field(description="Sum of the labels by bucket.")


class WatchState(Artifact):
    """All that a watch must remember."""

    layout: str = Field(description="What the files beside it are made for: tasks, segments, delays.")
    decisions: dict[str, int] = Field(default={}, description="Requests read, by file of the decision log.")
    outcomes: dict[str, int] = Field(default={}, description="Rows or bytes read, by file of the outcome log.")
    spool: dict[str, int] = Field(default={}, description="Bytes by file of rows that wait.")
    history: dict[str, int] = Field(
        default={}, description="Bytes by file of full windows, hours and alarms that are over."
    )
    bundles: list[str] = Field(default=[], description="Fingerprints in the order of their codes.")
    arms: list[str] = Field(default=[], description="Arms in the order of their codes.")
    num_decisions: int = Field(0, description="Requests that were read.")
    num_outcomes: int = Field(0, description="Rows of outcomes that were read.")
    data_from: int | None = Field(None, description="Minute since 1970 of the oldest decision.")
    data_until: int | None = Field(None, description="Minute since 1970 of the newest row.")
    references: dict[str, str] = Field(
        default={}, description="SHA-256 of the references that counts are held against, by fingerprint of the model."
    )
    lanes: dict[str, Lane] = Field(default={}, description="By delay.")
    windows: list[OpenWindow] = Field(default=[], description="That grow.")
    features: list[FeatureWindow] = Field(default=[], description="Of features, that grow.")
    traffic: list[TrafficReading] = Field(default=[], description="Hours.")
    latest: list[WindowReading] = Field(default=[], description="The last full window of each task and segment.")
    latest_features: list[FeatureReading] = Field(default=[], description="The last full window of each feature.")
    fusion: list[FusionWindow] = Field(default=[], description="Of fusion levels, that grow or were full last.")
    units: ArmUnits | None = Field(None, description="Units per arm.")
    kpi_arms: list[KpiArm] = Field(default=[], description="KPIs by arm.")
    alarms: list[Alarm] = Field(default=[], description="That hold.")
    worst: list[Alarm] = Field(default=[], description="The same as they were at their worst.")
    harm: list[HarmReading] = Field(default=[], description="What lies behind them.")
