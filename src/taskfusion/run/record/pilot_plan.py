"""plan.json: what a pilot of this size can see."""

from datetime import date
from typing import Literal

from pydantic import Field

from taskfusion.base.record import Artifact, Record
from taskfusion.config.charter import Grain

KpiRole = Literal["success", "guardrail", "deterioration", "quality"]


class KpiPlan(Record):
    """What the pilot can see of one KPI."""

    name: str = Field(description="Name of the KPI.")
    meaning: str = Field(description="What it says, as kpi.yaml has it.")
    role: KpiRole = Field(description="What it is for, as kpi.yaml has it.")
    direction: Literal["up", "down"] = Field(description="Whether more of it is better.")
    per: Grain = Field(description="Whether it is counted per row or per unit.")
    mean: float = Field(description="Of it in the log; per row or per unit.")
    error: float | None = Field(description="Standard error of the relative difference at the end; null: mean of 0.")
    history_gain: float = Field(ge=0, le=1, description="Share of the variance that history takes away (CUPED).")
    alpha: float = Field(gt=0, lt=1, description="Error that it has: two-sided for success, one-sided for others.")
    least_effect: float = Field(gt=0, description="Relative change worth shipping, or worth being warned of.")
    detectable: float | None = Field(description="Least relative change that is found with the wanted power.")
    percent_needed: float | None = Field(description="Percent of units per arm with which least_effect is found.")
    is_enough: bool = Field(description="Whether the pilot finds least_effect with the wanted power.")
    delay_days: float = Field(ge=0, description="Days until nearly all its outcomes are known.")
    readable_day: int = Field(ge=1, description="Day of the pilot after which all of it can be read.")
    weekly: float | None = Field(
        description="Highest over lowest mean by day of the week, less 1; null: the log is shorter than a week."
    )


class PilotPlan(Artifact):
    """What a pilot of this size can see."""

    name: str = Field(description="What the pilot is called.")
    unit: str = Field(description="Column by which units are told apart.")
    percent: float = Field(gt=0, le=50, description="Of units in each of the two arms.")
    percent_needed: float | None = Field(description="That all success KPIs need; null: more than half would do.")
    days: int = Field(ge=1, description="Days that units are observed.")
    looks: int = Field(ge=1, description="Times that success KPIs are looked at.")
    shares: list[float] = Field(description="Of the information, at each look.")
    z: list[float] = Field(description="Boundary of |z| at each look, of a success KPI.")
    inflation: float = Field(ge=1, description="How many times as many units as with one look are needed.")
    power: float = Field(gt=0, lt=1, description="That is wanted.")
    alpha: float = Field(gt=0, lt=1, description="Two-sided error of the decision.")
    ship_when: Literal["any", "all"] = Field(description="Whether any success KPI is enough.")
    history_days: int = Field(ge=0, description="Days before that make results more precise.")
    log_first: date = Field(description="First day of the log.")
    log_last: date = Field(description="Last day of the log.")
    days_counted: int = Field(ge=1, description="Days of the log that the variance is of; fewer than days: too short.")
    units: int = Field(ge=0, description="Units in these days.")
    units_per_arm: int = Field(ge=0, description="Of them in each arm.")
    units_by_day: list[int] = Field(description="Units seen up to each of these days.")
    kpis: list[KpiPlan] = Field(description="One entry per KPI, in the order of the charter.")
