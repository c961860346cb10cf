"""journal.jsonl and ramp.json: what a ramp did and why, line by line and as a whole."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from taskfusion.base.record import Artifact, Record
from taskfusion.config.routes import Routes, Tier

Outcome = Literal["success", "running", "inconclusive", "missing", "failure"]
Phase = Literal["new", "moving", "staying", "leaving", "done", "held", "rolled back"]
JournalEvent = Literal["begun", "read", "moved", "left", "resumed", "error"]
ReasonKind = Literal[
    "alarm",
    "alarms missing",
    "alarms late",
    "server away",
    "breaker open",
    "other model",
    "outcomes missing",
    "outcomes late",
    "outcomes awaited",
    "arms uneven",
    "units misplaced",
    "kpi worse",
    "kpi unknown",
    "not proven",
    "proven",
    "no harm",
    "nothing wrong",
]


class Reason(Record):
    """Why a look at a stage ended as it did."""

    kind: ReasonKind = Field(description="What was found.")
    subject: str = Field("", description="Alarm, KPI, file or model that it is about; empty: none.")
    value: float | None = Field(None, description="What was read; null: it is no number.")
    limit: float | None = Field(None, description="What it is held against; null: nothing.")
    detail: str = Field("", description="More of it, such as the key of a runbook's section or a message.")


class RampPlan(Record):
    """What cannot change while a ramp is under way."""

    name: str = Field(description="Name of the pilot, and salt of its units.")
    candidate: Tier = Field(description="The new model, as the server's routes have it.")
    stages: list[str] = Field(description="Names of the stages: shadow, or percent.")
    percents: list[float] = Field(description="Percent of units in each; 0: shadow.")
    holdback: float = Field(ge=0, le=50, description="Percent of units that never see the candidate.")


class JournalLine(Record):
    """One line of a journal, which is on the disk before anything is done because of it."""

    time: AwareDatetime = Field(description="When, UTC.")
    event: JournalEvent = Field(
        description="begun; read: a look at what judges; moved: the server is at the next stage; left: the candidate "
        "has no units any more; resumed: a ramp that was held goes on; error: it was stopped, and nothing was changed."
    )
    stage: int = Field(ge=-1, description="Number of the stage that is in force, from 0; -1: none yet.")
    outcome: Outcome | None = Field(None, description="Of a look; else null.")
    reasons: list[Reason] = Field([], description="Of a look.")
    bundle: str | None = Field(None, description="Fingerprint of the candidate, where the server was seen to have it.")
    first_day: date | None = Field(None, description="First day whose outcomes count for a stage, where one began.")
    message: str = Field("", description="Of an error.")
    plan: RampPlan | None = Field(None, description="In the first line.")
    routes: Routes | None = Field(None, description="In the first line: what was in force before.")


class StageRecord(Record):
    """How one stage went."""

    name: str = Field(description="shadow, or percent.")
    percent: float = Field(ge=0, le=100, description="Of units that the candidate answers in it, less the holdback.")
    hours: float = Field(gt=0, description="That it has to be watched without anything wrong.")
    began: AwareDatetime | None = Field(description="When the server was there; null: never.")
    ended: AwareDatetime | None = Field(description="When the next began, or the candidate lost its units; null: open.")
    watched_hours: float = Field(ge=0, description="That it was watched without anything wrong.")
    looks: dict[Outcome, int] = Field(description="Lines of the journal by outcome; looks that say the same share one.")
    outcome: Outcome | None = Field(description="Of the last look; null: there was none.")
    reasons: list[Reason] = Field(description="Of the last look.")


class RampRecord(Artifact):
    """How a ramp went so far."""

    name: str = Field(description="Name of the pilot.")
    server: str = Field(description="Address of the server's admin port.")
    candidate: list[str] = Field(description="Directories of the candidate.")
    bundle: str | None = Field(description="Its fingerprint; null: the server never had it.")
    holdback: float = Field(ge=0, le=50, description="Percent of units that never see the candidate.")
    phase: Phase = Field(
        description="new, moving: to the next stage; staying: in a stage; leaving: to 0 percent; done: all stages are "
        "passed; held: a stage took too long; rolled back."
    )
    stage: int = Field(ge=-1, description="Number of the stage that was reached last, from 0; -1: none.")
    percent: float = Field(ge=0, le=100, description="Of units that the candidate answers now.")
    until: str | None = Field(description="Stage after which it was asked to end; null: the last one.")
    deciding: int | None = Field(description="Number of the stage that only a proven success ends; null: none.")
    error: str = Field(description="Why it was stopped from outside; empty: it was not.")
    stages: list[StageRecord] = Field(description="In order.")
    written: AwareDatetime = Field(description="When this was written, UTC.")
