"""watch.json: what a watch over served models reads now, or what it read in a period."""

from pydantic import AwareDatetime, Field

from taskfusion.base.record import Artifact, Record
from taskfusion.run.record.alarms import Alarm, EndedAlarm


class WindowReading(Record):
    """Impressions of one task, model and segment whose labels are mature, about as many in each window."""

    task: str = Field(description="Name of the prediction: of a task, or task.value of one of its classes.")
    kpi: str | None = Field(description="KPI of kpi.yaml that the task's label is; null: none.")
    segment: str | None = Field(description="Segment, as column=value; null: all rows.")
    bundle: str = Field(description="Fingerprint of the model.")
    start: AwareDatetime = Field(description="When its first decision was made, to the minute.")
    end: AwareDatetime = Field(description="When its last decision was made, to the minute, that one included.")
    is_full: bool = Field(description="Whether it has as many rows as a window; false: it still grows.")
    rows: int = Field(ge=0, description="Impressions with a label.")
    known: float = Field(ge=0, le=1, description="Share of the impressions that should have a label and do.")
    positives: float = Field(description="Sum of the labels.")
    predicted: float = Field(description="Mean prediction.")
    expected: float = Field(
        description="Mean prediction, as the reference of the day of the week corrects it: what a sound model has."
    )
    observed: float = Field(description="Mean label.")
    reference: float = Field(description="Mean label of the reference.")
    calibration: float | None = Field(description="observed over expected; null: nothing was expected.")
    ne: float | None = Field(
        description="Normalised entropy: log loss over that of the window's mean label; null: no probability, or all "
        "labels are alike."
    )
    cusum_up: float = Field(ge=0, description="Highest evidence in it for more labels than expected, in nats.")
    cusum_down: float = Field(ge=0, description="Highest evidence in it for fewer labels than expected, in nats.")
    limit_up: float = Field(gt=0, description="Above which cusum_up is an alarm.")
    limit_down: float = Field(gt=0, description="Above which cusum_down is an alarm.")
    psi: float = Field(ge=0, description="Population stability index of its predictions against the reference.")
    psi_p: float = Field(ge=0, le=1, description="p-value of psi; small: predictions have moved.")


class FeatureReading(Record):
    """Values of one feature in a window of the outcome log."""

    feature: str = Field(description="Name of the feature.")
    bundle: str = Field(description="Fingerprint of the model whose encoder and reference these are.")
    start: AwareDatetime = Field(description="Time of its first row.")
    end: AwareDatetime = Field(description="Time of its last row.")
    is_full: bool = Field(description="Whether it has as many rows as a window; false: it still grows.")
    rows: int = Field(ge=0, description="Rows.")
    missing: float = Field(ge=0, le=1, description="Share without a value.")
    missing_reference: float = Field(ge=0, le=1, description="The same of the reference.")
    missing_p: float = Field(ge=0, le=1, description="p-value of a share so much above that of the reference.")
    unseen: float | None = Field(
        ge=0, le=1, description="Share of the values that training never saw; null: the feature has no codes."
    )
    unseen_reference: float | None = Field(ge=0, le=1, description="The same of the reference.")
    unseen_p: float | None = Field(ge=0, le=1, description="p-value of a share so much above that of the reference.")
    psi: float = Field(ge=0, description="Population stability index of its values against the reference.")
    psi_p: float = Field(ge=0, le=1, description="p-value of psi; small: values have moved.")


class EdgeReading(Record):
    """How much the gate of a task takes from a source, in a window of the outcome log."""

    level: int = Field(ge=0, description="Number of the fusion level.")
    task: str = Field(description="Task whose gate it is.")
    source: str = Field(description="Unit whose experts it takes from; the expert where it belongs to nobody.")
    bundle: str = Field(description="Fingerprint of the model.")
    start: AwareDatetime = Field(description="Time of its first row.")
    end: AwareDatetime = Field(description="Time of its last row.")
    is_full: bool = Field(description="Whether it has as many rows as a window; false: it still grows.")
    rows: int = Field(ge=0, description="Rows, of which there are some of every minute.")
    share: float = Field(description="Mean share of the gate.")
    reference: float = Field(description="The same of the reference.")
    p: float = Field(ge=0, le=1, description="p-value of so large a change; small: the gate has moved.")


class ExpertReading(Record):
    """How much an expert does, in a window of the outcome log."""

    level: int = Field(ge=1, description="Number of the fusion level.")
    expert: str = Field(description="Name of the expert.")
    source: str = Field(description="Its owner; its name where it has none.")
    bundle: str = Field(description="Fingerprint of the model.")
    start: AwareDatetime = Field(description="Time of its first row.")
    end: AwareDatetime = Field(description="Time of its last row.")
    is_full: bool = Field(description="Whether it has as many rows as a window; false: it still grows.")
    rows: int = Field(ge=0, description="Rows, of which there are some of every minute.")
    part: float | None = Field(
        ge=0,
        description="The largest weight that a unit gives it, times the spread of what it says, over the same of the "
        "reference; null: there it did next to nothing already.",
    )


class TrafficReading(Record):
    """Requests of an hour that one model answered in one arm."""

    bundle: str | None = Field(description="Fingerprint of the model; null: none answered.")
    tier: str = Field(description="Tier that answered.")
    arm: str | None = Field(description="Arm of the unit; null: there is no experiment.")
    start: AwareDatetime = Field(description="Begin of the hour.")
    end: AwareDatetime = Field(description="End of the hour.")
    requests: int = Field(ge=0, description="Requests, of which a sample may stand for all.")
    rows: int = Field(ge=0, description="Candidates that were scored.")
    fallback: dict[str, int] = Field(description="Requests that an earlier tier did not answer, by the reason.")


class LabelReading(Record):
    """How far labels of one task are known."""

    task: str = Field(description="Name of the prediction.")
    kpi: str | None = Field(description="KPI of kpi.yaml that the label is; null: none.")
    delay_days: float = Field(ge=0, description="Days after which labels are mature.")
    mature_until: AwareDatetime | None = Field(description="Decisions up to here are joined; null: none is.")
    decided: int = Field(ge=0, description="Rows that were scored, in all decisions that were read.")
    matured: float = Field(ge=0, le=1, description="Share of these rows that are old enough and joined.")
    shown: int = Field(ge=0, description="Joined rows that the outcome log has too: impressions.")
    labelled: int = Field(ge=0, description="Those of them with a label.")
    late: int = Field(ge=0, description="Labels that came after their time was joined; they count nowhere.")


class RatioReading(Record):
    """Units per arm against the plan."""

    units: dict[str, int] = Field(description="Different units, by arm, of a sample of them that stays the same.")
    planned: dict[str, float] = Field(description="Share of the units, by arm.")
    p: float = Field(ge=0, le=1, description="p-value, valid at all looks together.")
    is_mismatch: bool = Field(description="Whether the arms do not have what was planned.")


class HoldbackReading(Record):
    """A KPI of an arm against the arm that keeps the model of before."""

    kpi: str = Field(description="Name of the KPI.")
    arm: str = Field(description="Arm.")
    holdback: str = Field(description="Arm that it is held against.")
    rows: int = Field(ge=0, description="Impressions of both with a label.")
    value: float = Field(description="Mean per impression in the arm.")
    baseline: float = Field(description="Mean per impression in the holdback.")
    change: float | None = Field(description="Relative change; null: too little is known.")
    lower: float | None = Field(description="Its lower bound, which holds at all looks together.")
    upper: float | None = Field(description="Its upper bound.")


class HarmReading(Record):
    """What lies behind an alarm of a task: which side moved, and who moved with it."""

    task: str | None = Field(description="Guilty task; null: no task alone.")
    alarm: str = Field(description="Name of the alarm that stands for the harm.")
    cause: str = Field(
        description="labels: its labels moved and its predictions did not; predictions: the reverse; both; feature: a "
        "feature that it reads; model: most of one model's tasks, and not those of others; traffic: most tasks of "
        "all models."
    )
    feature: str | None = Field(description="Guilty feature; null: none.")
    bundle: str | None = Field(description="Guilty model; null: none alone.")
    since: AwareDatetime = Field(description="When it was first found.")
    observed: float | None = Field(description="Mean label over that of the reference, less 1; null: no task alone.")
    predicted: float | None = Field(description="Mean expectation over that of the reference, less 1; null as before.")
    others: list[str] = Field(description="Tasks that moved with it, and are not guilty.")
    remedy: str = Field(description="Key of the runbook's section that says what to do.")


class WatchRecord(Artifact):
    """What a watch reads now, or what it read in a period."""

    written: AwareDatetime = Field(description="When it was written, UTC.")
    data_from: AwareDatetime | None = Field(description="Time of the oldest decision in it; null: there is none.")
    data_until: AwareDatetime | None = Field(description="Time of the newest row that was read; null: none was.")
    window: int = Field(ge=1, description="Rows of a window.")
    decisions: int = Field(ge=0, description="Requests in the decision log that were read since the watch began.")
    outcomes: int = Field(ge=0, description="Rows of the outcome log that were read since the watch began.")
    unmatched: int = Field(ge=0, description="Rows of the outcome log that belong to no decision.")
    windows: list[WindowReading] = Field(description="Windows per task, segment and model; last those that grow.")
    features: list[FeatureReading] = Field(description="Windows per feature and model; last those that grow.")
    edges: list[EdgeReading] = Field(
        default=[], description="Windows per edge of the fusion levels; empty: no reference has them."
    )
    experts: list[ExpertReading] = Field(default=[], description="Windows per expert likewise.")
    traffic: list[TrafficReading] = Field(description="Hours per model, tier and arm.")
    labels: list[LabelReading] = Field(description="One entry per task.")
    ratio: RatioReading | None = Field(description="Units per arm; null: no arms are watched.")
    holdback: list[HoldbackReading] = Field(description="KPIs against the holdback; empty: none is watched.")
    harm: list[HarmReading] = Field(description="What lies behind the alarms of tasks.")
    alarms: list[Alarm] = Field(description="Alarms that hold now; empty: nothing is wrong.")
    ended: list[EndedAlarm] = Field(
        default=[],
        description="Alarms of the period that are over, by their ends; only watch report looks them up.",
    )
