"""memo.json: what a pilot showed, and what follows from it."""

from datetime import date
from typing import Literal

from pydantic import Field

from taskfusion.base.record import Artifact, Record
from taskfusion.run.record.pilot_plan import KpiRole

Action = Literal["ship", "hold", "roll back", "extend"]
ReasonKind = Literal["ratio", "better", "worse", "open", "never", "unsafe"]
Finding = Literal["better", "worse", "safe", "not shown", "unknown"]


class Interval(Record):
    """A relative change and where it lies, both bounds holding at all looks together."""

    change: float = Field(description="Of the treatment against the control; 0.02 is 2 % more.")
    lower: float = Field(description="Lower bound.")
    upper: float = Field(description="Upper bound.")
    error: float = Field(ge=0, description="Standard error of the change, on the log scale.")


class Reason(Record):
    """Why an action is advised, as data; report/pilot_words.py says it in words."""

    kind: ReasonKind = Field(
        description="ratio: arms do not have the planned ratio; better, worse: a KPI is shown to be; open: success is "
        "not shown yet; never: it never happened in an arm; unsafe: a guardrail may still cost more than it may."
    )
    kpi: str | None = Field(None, description="Name of the KPI; null: it is about the arms.")
    effect: Interval | None = Field(None, description="Relative change of the KPI; null: none can be computed.")
    limit: float | None = Field(None, description="What a guardrail may cost, of an unsafe one; else null.")
    units: dict[str, int] = Field({}, description="Units per arm, of a wrong ratio; else empty.")


class LookRecord(Record):
    """A planned look that is past."""

    day: int = Field(ge=1, description="Day of the pilot.")
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
    day: int = Field(ge=1, description="Day of the pilot that this is read on.")
    days: int = Field(ge=1, description="Days that were planned.")
    action: Action = Field(description="What to do.")
    reasons: list[Reason] = Field(description="Why.")
    units: dict[str, int] = Field(description="Units that were seen, per arm.")
    mismatch: float = Field(ge=0, le=1, description="p-value of the ratio of the arms, valid at all looks together.")
    is_mismatch: bool = Field(description="Whether arms do not have the planned ratio; then nothing is believed.")
    alpha: float = Field(gt=0, lt=1, description="Error of the decision.")
    ship_when: Literal["any", "all"] = Field(description="Whether any success KPI is enough.")
    kpis: list[KpiReading] = Field(description="One entry per KPI, in the order of the charter.")
