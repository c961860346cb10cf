"""alarms.json: what a watch over a served model finds wrong right now; a ramp acts on it."""

from typing import Literal

from pydantic import AwareDatetime, Field

from taskfusion.base.record import Artifact, Record

AlarmAction = Literal["roll back", "hold", "look"]
AlarmSeverity = Literal["page", "ticket"]


class Alarm(Record):
    """Something that is wrong at this moment."""

    name: str = Field(min_length=1, description="Kind of alarm, such as calibration, feature_null or fallback.")
    task: str | None = Field(
        description="Task that it is about; of a dead expert its owner, or its name; null: of no task alone."
    )
    kpi: str | None = Field(description="KPI that it is about; null: of no KPI.")
    feature: str | None = Field(description="Feature that it is about; null: of no feature alone.")
    segment: str | None = Field(description="Segment that it is about; null: all rows.")
    bundle: str | None = Field(description="Fingerprint of the model that it is about; null: of no model alone.")
    since: AwareDatetime = Field(description="When it was first found, UTC.")
    severity: AlarmSeverity = Field(description="page: somebody acts now; ticket: somebody acts in working hours.")
    action: AlarmAction = Field(
        description="What a ramp does: roll back ends it at 0 percent, hold lets it widen no further, look changes "
        "nothing."
    )
    value: float = Field(description="What was read.")
    limit: float = Field(description="What it should not pass.")
    remedy: str = Field(min_length=1, description="Key of the runbook's section that says what to do.")


class EndedAlarm(Alarm):
    """Something that was wrong, as it was when it asked for the most and was farthest beyond its limit."""

    until: AwareDatetime = Field(description="When it held no more, UTC.")


class AlarmRecord(Artifact):
    """All alarms at one moment; written anew at each evaluation, also where there are none."""

    written: AwareDatetime = Field(description="When it was written, UTC; an old one is missing data.")
    data_until: AwareDatetime | None = Field(description="Time of the newest row that was read; null: none was.")
    alarms: list[Alarm] = Field(description="Those that hold now; empty: nothing is wrong.")
