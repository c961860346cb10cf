"""memo.json: what a pilot showed, and what follows from it."""

from datetime import date
from typing import Literal

from pydantic import Field

from taskfusion.base.record import Artifact, Record
from taskfusion.run.record.pilot_plan import KpiRole

Action = Literal["ship", "hold", "roll back", "extend"]
ReasonKind = Literal["share changed", "ratio", "misplaced", "better", "worse", "open", "never", "unsafe"]
GroupKind = Literal["value", "other", "unknown"]
Finding = Literal["better", "worse", "safe", "not shown", "unknown"]


class Interval(Record):
    """A relative change and where it lies, both bounds holding at all looks together."""

    change: float = Field(description="Of the treatment against the control; 0.02 is 2 % more.")
    lower: float = Field(description="Lower bound.")
    upper: float = Field(description="Upper bound.")
    error: float = Field(ge=0, description="Standard error of the change, on the log scale.")


class Adjusted(Interval):
    """A relative change with regard to the looks at which its test could have ended: as likely too high as too low.

    The interval is that of stage-wise ordering, at the error of the KPI; `error` is half of its width on the log scale
    over the normal quantile of that error.
    """

    look: int = Field(ge=1, description="Look at which the test ended, counted from 1; at the first nothing changes.")
    is_early: bool = Field(description="Whether looks were still to come.")


class Exposure(Record):
    """Units for which decisions were made."""

    units: int = Field(ge=0, description="In an arm.")
    misplaced: int = Field(ge=0, description="In an arm by the hash, but answered otherwise; they are left out.")
    named: list[str] = Field(description="Some of the misplaced ones.")
    moved: int = Field(
        ge=0,
        description="Of the misplaced ones, those that one model answered first and the other from some time on, as "
        "where the share of the treatment is changed.",
    )
    changed: date | None = Field(
        description="Day on which the last of these was still answered by the first model; null: there is none."
    )


class SegmentEffect(Record):
    """What is seen of a KPI in a segment."""

    kpi: str = Field(description="Name of the KPI.")
    effect: Interval | None = Field(
        description="Relative change on this day; intervals of all segments and KPIs hold together (Bonferroni); null: "
        "none can be computed."
    )


class SegmentGroup(Record):
    """Units of one segment."""

    kind: GroupKind = Field(description="value: of the column; other: small ones together; unknown: without a value.")
    name: str = Field(description="The value; empty: it is none.")
    joined: list[str] = Field(description="Values that are together in other; else none.")
    units: dict[str, int] = Field(description="Units per arm.")
    effects: list[SegmentEffect] = Field(description="One entry per KPI.")


class Homogeneity(Record):
    """Whether the effect on a KPI differs from segment to segment."""

    kpi: str = Field(description="Name of the KPI.")
    q: float = Field(ge=0, description="Cochran's Q of the effects on the log scale.")
    groups: int = Field(ge=0, description="Segments with an effect.")
    p: float = Field(ge=0, le=1, description="p-value, adjusted for all columns and KPIs (Holm).")
    differs: bool = Field(description="Whether it is shown to differ.")


class SegmentTable(Record):
    """Effects by the values of one column."""

    column: str = Field(description="Of the log.")
    groups: list[SegmentGroup] = Field(description="Largest first, then other, then unknown.")
    homogeneity: list[Homogeneity] = Field(description="One entry per KPI.")
    left_out: list[str] = Field(description="Values with too few units even together.")


class Reason(Record):
    """Why an action is advised, as data; report/pilot_words.py says it in words."""

    kind: ReasonKind = Field(
        description="share changed: the treatment had another share of units on some days than on others; ratio: arms "
        "do not have the planned ratio; misplaced: the decision log has units in another arm than the hash; better, "
        "worse: a KPI is shown to be; open: success is not shown yet; never: it never happened in an arm; unsafe: a "
        "guardrail may still cost more than it may."
    )
    kpi: str | None = Field(None, description="Name of the KPI; null: it is about the arms.")
    effect: Interval | None = Field(None, description="Relative change of the KPI; null: none can be computed.")
    limit: float | None = Field(None, description="What a guardrail may cost, of an unsafe one; else null.")
    units: dict[str, int] = Field({}, description="Units per arm, of a wrong ratio; else empty.")
    exposure: Exposure | None = Field(
        None, description="Units by the decision log, of misplaced ones and of a share that changed; else null."
    )


class LookRecord(Record):
    """A planned look that is past."""

    day: int = Field(ge=1, description="Day of the pilot; beyond its planned days outcomes of these are waited for.")
    known: int = Field(ge=0, description="Days whose outcomes were known.")
    z: float = Field(description="Change in standard errors; above 0 is better.")
    boundary: float = Field(description="Beyond which it is an effect.")


class KpiReading(Record):
    """What the pilot showed of one KPI."""

    name: str = Field(description="Name of the KPI.")
    meaning: str = Field(description="What it says, as kpi.yaml has it.")
    role: KpiRole = Field(description="What it is for, as kpi.yaml has it.")
    direction: Literal["up", "down"] = Field(description="Whether more of it is better.")
    control: float = Field(description="Of it in the control.")
    treatment: float = Field(description="Of it in the treatment.")
    effect: Interval | None = Field(description="Relative change; null: it never happened in an arm.")
    adjusted: Adjusted | None = Field(
        description="The effect on a success KPI whose test has ended, median-unbiased; null: it goes on, or is none."
    )
    least_effect: float = Field(gt=0, description="Relative change worth shipping, or worth being warned of.")
    finding: Finding = Field(
        description="better, worse: shown; safe: shown to cost less than least_effect; not shown: neither; unknown: it "
        "never happened."
    )
    looks: list[LookRecord] = Field(description="Planned looks that are past, of a success KPI; else none.")
    matured: float = Field(ge=0, le=1, description="Share of the pilot's days so far whose outcomes are known.")
    fading: float | None = Field(
        description="Standard errors by which the effect of the first half of the days lies above that of the second; "
        "null: too few days."
    )


class PilotMemo(Artifact):
    """What a pilot showed, and what follows from it."""

    name: str = Field(description="What the pilot is called.")
    unit: str = Field(description="Column by which units are told apart.")
    percent: float = Field(gt=0, le=50, description="Of units in each of the two arms.")
    first: date = Field(description="First day of the pilot.")
    last: date = Field(description="Last day of the log, or of the pilot where that was before.")
    day: int = Field(ge=1, description="Day that this is read on, counted from the first; up to days + delay.")
    days: int = Field(ge=1, description="Days that were planned.")
    delay: int = Field(ge=0, description="Days after these until the outcomes of all KPIs are known.")
    action: Action = Field(description="What to do.")
    reasons: list[Reason] = Field(description="Why.")
    units: dict[str, int] = Field(description="Units that were seen, per arm.")
    mismatch: float = Field(ge=0, le=1, description="p-value of the ratio of the arms, valid at all looks together.")
    is_mismatch: bool = Field(description="Whether arms do not have the planned ratio; then nothing is believed.")
    alpha: float = Field(gt=0, lt=1, description="Error of the decision.")
    ship_when: Literal["any", "all"] = Field(description="Whether any success KPI is enough.")
    exposure: Exposure | None = Field(description="Units by the decision log; null: the charter names none.")
    segments: list[SegmentTable] = Field(description="One entry per column of segments.")
    kpis: list[KpiReading] = Field(description="One entry per KPI, in the order of the charter.")
