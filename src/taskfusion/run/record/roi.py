"""roi.json: what a change of models earns, how sure that is, and what it depends on."""

from typing import Literal

from pydantic import Field

from taskfusion.base.record import Artifact, Record
from taskfusion.run.record.pilot_memo import Action

Verdict = Literal["go", "stop", "not known yet"]
CaseName = Literal["savings", "shown effects", "all effects"]
Side = Literal["before", "after"]
Source = Literal["declared", "measured here", "from the run", "estimated", "pilot", "pilot, adjusted"]
InputKind = Literal[
    "requests", "serving", "training", "hours per model", "pipelines", "hours per pipeline", "incidents", "hour",
    "incident", "KPI per month", "KPI value", "effect", "lasting", "migration hours", "migration money",
    "migration months",
]  # fmt: skip
PartKind = Literal["serving", "training", "maintenance", "KPI", "migration"]
RoiReasonKind = Literal[
    "rolled back", "does not pay", "no pilot", "ratio", "running", "held", "unsure", "open effects", "pays", "early",
    "adjusted",
]  # fmt: skip


class Spread(Record):
    """Where a number lies: nine of ten draws are between low and high."""

    mean: float = Field(description="Mean of all draws.")
    low: float = Field(description="Below which 5 % of the draws are.")
    median: float = Field(description="Below which half of them are.")
    high: float = Field(description="Above which 5 % of them are.")


class RoiInput(Record):
    """A number that goes in, and how much of the doubt is its own."""

    kind: InputKind = Field(description="What it is.")
    side: Side | None = Field(description="Of the models before or after; null: of both, or neither.")
    kpi: str | None = Field(description="Name of the KPI; null: it is of none.")
    low: float = Field(description="Least value; of an effect the lower end of its interval.")
    likely: float = Field(description="Most likely value.")
    high: float = Field(description="Greatest value; of an effect the upper end of its interval.")
    source: Source = Field(description="Where it comes from.")
    share: float = Field(ge=0, le=1, description="Of the variance of the net value with all effects.")
    correlation: float = Field(ge=-1, le=1, description="Rank correlation with that net value.")
    net_low: float = Field(description="Mean net value where this is in its lowest tenth.")
    net_high: float = Field(description="Mean net value where this is in its highest tenth.")


class RoiPart(Record):
    """What one thing saves or earns in a month, once all traffic is on the new models; of the migration, its cost."""

    kind: PartKind = Field(description="What it is.")
    kpi: str | None = Field(description="Name of the KPI; null: it is of none.")
    is_shown: bool = Field(description="Whether the pilot showed the effect; true for what is no effect.")
    before: float | None = Field(description="Mean cost in a month before; null: it has none.")
    after: float | None = Field(description="Mean cost in a month after; null: it has none.")
    money: Spread = Field(description="In a month; of the migration, once.")


class RoiCase(Record):
    """What the change comes to, if so much counts."""

    name: CaseName = Field(
        description="savings: of serving, training and maintenance alone; shown effects: with those on KPIs that the "
        "pilot showed; all effects: with those too that it measured and did not show."
    )
    net: Spread = Field(description="Money after all months, migration taken off.")
    chance: float = Field(ge=0, le=1, description="That the net value is above 0.")
    break_even: tuple[float | None, float | None, float | None] = Field(
        description="Month by which it has paid for itself in 5, 50 and 95 % of the draws; null: not within the months."
    )
    paid: list[float] = Field(description="Chance that it has paid for itself by the end of each month.")
    net_by_month: list[Spread] = Field(description="Money after 0, 1, 2 and so on months.")


class RoiReason(Record):
    """Why the verdict is what it is, as data; report/roi_words.py says it in words."""

    kind: RoiReasonKind = Field(description="What it is.")
    case: CaseName | None = Field(None, description="The case that it is about; null: none.")
    chance: float | None = Field(None, description="That this case pays; null: it is not about that.")
    kpi: str | None = Field(None, description="KPI whose test ended early; null: it is not about that.")
    measured: float | None = Field(None, description="Its relative change as measured; null likewise.")
    counted: float | None = Field(None, description="Its relative change that counts, adjusted; null likewise.")


class Uncounted(Record):
    """What is not in the numbers."""

    kind: Literal["training", "no effect", "no value"] = Field(
        description="training: cost.json does not know its time; no effect: the pilot can say nothing of a KPI that is "
        "worth money; no value: the pilot read a KPI for which no worth is declared."
    )
    kpi: str | None = Field(None, description="Name of the KPI; null: it is of none.")


class RoiRecord(Artifact):
    """What a change of models earns."""

    name: str = Field(description="What the change is called.")
    verdict: Verdict = Field(description="What follows.")
    reasons: list[RoiReason] = Field(description="Why.")
    action: Action | None = Field(description="What the memo of the pilot says; null: there is none.")
    before: str = Field(description="Plan before.")
    after: str = Field(description="Plan after.")
    models_before: int = Field(ge=1, description="Models before.")
    models_after: int = Field(ge=1, description="Models after.")
    months: int = Field(ge=1, description="Months that count.")
    draws: int = Field(ge=1, description="Draws of all inputs.")
    sure: float = Field(ge=0, le=1, description="Chance to pay from which on the answer is go.")
    small: float = Field(ge=0, le=1, description="Chance to pay up to which the answer is stop.")
    cases: list[RoiCase] = Field(description="The three cases.")
    parts: list[RoiPart] = Field(description="What it is made of.")
    inputs: list[RoiInput] = Field(description="What went in; what the doubt depends on most stands in front.")
    uncounted: list[Uncounted] = Field(description="What is not in the numbers.")
