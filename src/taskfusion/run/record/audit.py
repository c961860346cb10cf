"""audit.json: what is wrong with a table before anything is trained on it."""

from typing import Literal

from pydantic import Field

from taskfusion.base.record import Artifact, Record
from taskfusion.config.kpi import Kpi
from taskfusion.evaluate.segment import SegmentedTask
from taskfusion.run.record.metrics import SplitName

Severity = Literal["fix", "watch", "fine"]
FindingValue = str | int | float | tuple[str, ...]


class AuditFinding(Record):
    """What one check says of one subject."""

    severity: Severity = Field(description="fix: before anything is trained; watch: while it is used; fine.")
    check: str = Field(description="Which check found it.")
    subject: str = Field(description="What it is about.")
    seen: str = Field(description="What was seen, with its numbers.")
    advice: str = Field(description="What to do; empty where there is nothing to do.")
    kind: str = Field("", description="Which sentences these are, such as drift.far; pages word it by kind and values.")
    values: dict[str, FindingValue] = Field({}, description="Names and numbers of the sentences, by name.")


class LabelRates(Record):
    """The labels of one task, from one period to the next."""

    task: str = Field(description="Name of the task.")
    periods: tuple[str, ...] = Field(description="Days, or other stretches of time, in order.")
    rows: tuple[int, ...] = Field(description="Rows of each.")
    known: tuple[int, ...] = Field(description="Rows with a known label.")
    means: tuple[float | None, ...] = Field(description="Mean label; the share of yes where it is yes or no.")


class FeatureDrift(Record):
    """How far a feature moved from training to another split."""

    feature: str = Field(description="Name of the feature.")
    split: str = Field(description="The other split; train: later training rows against earlier ones.")
    psi: float = Field(ge=0, description="Population stability index; 0: no move.")
    p_value: float = Field(ge=0, le=1, description="Adjusted for the number of features (Benjamini and Hochberg).")


class DomainShift(Record):
    """How well trees tell the rows of a split from training rows."""

    split: str = Field(description="The other split.")
    rows: int = Field(ge=1, description="Rows of both that were drawn.")
    auc: float = Field(ge=0, le=1, description="Out-of-fold AUC; 0.5: they cannot be told apart.")
    gain: dict[str, float] = Field(description="Share of the trees' gain, 0..1, by feature, the largest first.")


class SegmentCount(Record):
    """The holdout rows of one value of a feature."""

    feature: str = Field(description="Name of the feature.")
    value: str = Field(description="The value.")
    rows: int = Field(ge=0, description="Validation and test rows.")
    known: dict[str, int] = Field(description="Rows with a known label, by task.")
    positives: dict[str, int] = Field(description="Rows whose label is yes, by task of yes or no.")
    means: dict[str, float] = Field(
        description="Mean known label, by task whose labels are yes or no or numbers, where one is known."
    )


class ModelAudit(Record):
    """What a finished run does, segment by segment."""

    run: str = Field(description="Name of the run.")
    baseline: str | None = Field(description="What its losses are compared with; null: nothing.")
    split: SplitName = Field(description="Whose rows it is judged on.")
    grouped: bool = Field(description="Whether the bootstrap drew groups rather than rows.")
    clusters: int = Field(ge=1, description="Groups or rows that it drew from.")
    confidence: float = Field(gt=0, lt=1, description="That intervals of a measure hold together.")
    resamples: int = Field(ge=1, description="Draws of the bootstrap.")
    learned_rows: int | None = Field(
        description="Training rows that the run learned from, where they are not those of the experiment; else null."
    )
    left_out: tuple[str, ...] = Field(description="Features that could give segments too, but are too many.")
    tasks: tuple[SegmentedTask, ...] = Field(description="The tasks that run and experiment have in common.")


class AuditRecord(Artifact):
    """What an audit found."""

    name: str = Field(description="What the audit is called.")
    rows: dict[str, int] = Field(description="Rows that were read, by split.")
    share: float = Field(gt=0, le=1, description="Share of the groups whose rows were read; 1: all.")
    key: tuple[str, ...] = Field(description="Columns that say what one row is.")
    time: str | None = Field(description="Column of the time; null where there is none.")
    findings: tuple[AuditFinding, ...] = Field(description="In the order in which to act.")
    labels: tuple[LabelRates, ...] = Field(description="One per task; empty where no column tells the time.")
    drift: tuple[FeatureDrift, ...] = Field(description="One per feature that was compared and split.")
    domain: tuple[DomainShift, ...] = Field(description="One per split beside training.")
    kpis: tuple[Kpi, ...] = Field(description="Of the KPI registry; empty where none was given.")
    segments: tuple[SegmentCount, ...] = Field(description="Of features with few values.")
    model: ModelAudit | None = Field(None, description="Of the run; null where none was given.")
