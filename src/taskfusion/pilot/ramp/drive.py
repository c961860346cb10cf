"""A ramp that runs: it looks, writes down what follows, and only then does it; the same after a crash at any point."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn

from taskfusion.base.errors import ExperimentError, RunError, TaskfusionError
from taskfusion.config.charter import Charter
from taskfusion.config.kpi import Kpi
from taskfusion.config.ramp import SHADOW, Ramp, stage_name
from taskfusion.config.routes import Routes
from taskfusion.pilot.ramp.history import bundle_of, record_of, rules_of, states_of
from taskfusion.pilot.ramp.journal import Journal
from taskfusion.pilot.ramp.judge import Reading, judge_alarms, judge_server, together
from taskfusion.pilot.ramp.machine import ENDED, Action, Event, State, step
from taskfusion.pilot.ramp.pause import pause
from taskfusion.pilot.ramp.placement import Placement
from taskfusion.pilot.ramp.server import Server, ServerAwayError, Shown
from taskfusion.run.record.pilot_memo import PilotMemo
from taskfusion.run.record.ramp import JournalEvent, JournalLine, RampPlan, RampRecord, Reason

CANARY = "canary"


def now_utc() -> datetime:
    """This moment."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Outside:
    """What a ramp tells and takes from outside.

    Attributes:
        tell: takes each line that was written, with the record so far.
        keep_memo: takes the number of a stage and each new memo of it.
        clock: this moment.
        pause: waits for the next look, of a ramp and of the fingerprint of its candidate.
    """

    tell: Callable[[JournalLine, RampRecord], None]
    keep_memo: Callable[[int, PilotMemo], None]
    clock: Callable[[], datetime] = now_utc
    pause: Callable[[Ramp, str | None], None] = pause


class Drive:
    """A ramp, from its journal on.

    Args:
        ramp: its settings.
        charter: of the pilot.
        kpis: that it names.
        folder: of the journal; nobody else writes there.
        until: number of the stage after whose success it ends; None: the last.
        outside: what it tells and takes.

    Raises:
        ExperimentError: the server is not fit to begin with, or the ramp is beyond `until`.
        RunError: the journal is of another ramp, or the server cannot be asked.
    """

    def __init__(
        self, ramp: Ramp, charter: Charter, kpis: Mapping[str, Kpi], folder: Path, until: int | None, outside: Outside
    ) -> None:
        self._ramp, self._until, self._outside = ramp, until, outside
        self._server = Server(ramp.server, ramp.token_file)
        self._rules = rules_of(ramp)
        self._outcomes: Any = None
        if ramp.outcomes is not None:
            from taskfusion.pilot.ramp.outcomes import OutcomeJudge  # loads what alarms alone do not need

            self._outcomes = OutcomeJudge(ramp, charter, kpis, outside.keep_memo)
        self._journal = Journal.open(folder)
        self._state = State()
        plan = _plan(ramp, charter)
        if self._journal.lines:
            _require_same(plan, self._journal)
            self._state = states_of(ramp, self._journal.lines)[-1]
            self._placement = Placement.of(ramp, charter.name, self._base())
            self._require_not_beyond()
            if self._state.phase == "held":
                self._add("resumed")
        else:
            before = self._first_look().routes
            self._placement = Placement.of(ramp, charter.name, before)
            self._add("begun", plan=plan, routes=self._placement.base)

    def run(self) -> RampRecord:
        """Look until the ramp ends, and how it went.

        Raises:
            RunError: the server refuses, or somebody changed its routes; nothing was changed then.
            StorageError: the journal cannot be written.
        """
        while self._state.phase not in ENDED and self.look() != "end":
            self._outside.pause(self._ramp, bundle_of(self._journal.lines))
        return self.record

    @property
    def record(self) -> RampRecord:
        """How the ramp went so far."""
        return record_of(self._ramp, self._journal.lines, self._until, self._outside.clock())

    def look(self) -> Action:
        """Look once, and do what follows.

        Raises:
            RunError: the server refuses, or somebody changed its routes.
        """
        try:
            return self._look()
        except TaskfusionError as error:
            self._fail(error)

    def _look(self) -> Action:
        try:
            shown = self._server.look()
        except ServerAwayError as error:
            if self._state.phase == "leaving":
                return "leave"
            away = Reading("missing", (Reason(kind="server away", detail=str(error)),))
            return self._note(together([away, *self._alarmed()]))
        if self._state.phase == "leaving":
            return self._leave(shown)
        if self._state.phase == "moving" and self._placement.is_at(self._state.stage + 1, shown.routes):
            self._moved(shown)
        reading = self._judged(shown)
        if reading.outcome != "failure":
            self._placement.require_at(self._state.stage, shown.routes)
        action = self._note(reading)
        if action == "leave":
            return self._leave(shown)
        return self._move(shown) if action == "move" else action

    def _judged(self, shown: Shown) -> Reading:
        """What all judges say of the stage that is in force."""
        stage, now, bundle = self._state.stage, self._outside.clock(), bundle_of(self._journal.lines)
        found = [judge_server(shown, self._tier(stage), bundle)] if stage >= 0 else []
        found += self._alarmed()
        if self._outcomes is not None and stage >= 0:
            found.append(self._outcomes.judge(stage, self._first_day(stage), now))
        return together([one for one in found if one is not None])

    def _alarmed(self) -> list[Reading]:
        """What alarms say, where there are any to be read."""
        path, bundle = self._ramp.alarms, bundle_of(self._journal.lines)
        return [] if path is None else [judge_alarms(Path(path), bundle, self._outside.clock())]

    def _note(self, reading: Reading) -> Action:
        """Take a look into account, and write it down where it says anything new."""
        event = Event("read", self._outside.clock(), reading.outcome)
        after, action = step(self._rules, self._state, event)
        is_passed = self._state.phase == "staying" and after.phase == "moving"
        if is_passed and self._state.stage == self._until:
            return "end"
        if after.phase != self._state.phase or self._is_news(reading, event.time):
            self._add("read", reading=reading, moment=event.time)
        return action

    def _is_news(self, reading: Reading, now: datetime) -> bool:
        last = self._journal.lines[-1]
        if last.event != "read" or last.outcome != reading.outcome:
            return True
        if [(one.kind, one.subject) for one in last.reasons] != [(one.kind, one.subject) for one in reading.reasons]:
            return True
        return abs((now - last.time).total_seconds()) >= self._rules.least_gap(max(self._state.stage, 0))

    def _move(self, shown: Shown) -> Action:
        """Bring the server to the next stage; where it cannot be reached, a later look tries again."""
        stage = self._state.stage + 1
        try:
            if self._placement.is_mine(shown.routes):
                answer = self._server.widen(self._placement.percents[stage])
            else:
                answer = self._server.put(self._placement.routes(stage))
        except ServerAwayError:
            return "look"
        self._placement.require_at(stage, answer.routes)
        self._moved(answer)
        return "look"

    def _moved(self, shown: Shown) -> None:
        stage = self._state.stage + 1
        first = None if self._outcomes is None else self._outcomes.first_day(self._outside.clock())
        self._add("moved", stage=stage, bundle=shown.versions.get(self._tier(stage)), first_day=first)

    def _leave(self, shown: Shown) -> Action:
        """Take all units from the candidate; also where it seems to have none, as a change may be under way there."""
        self._placement.require_not_primary(shown.routes)
        try:
            if self._placement.is_mine(shown.routes):
                answer = self._server.widen(0)
            else:
                answer = self._server.put(self._placement.without(shown.routes))
        except ServerAwayError:
            return "leave"
        if self._placement.is_gone(answer.routes):
            self._add("left")
            return "end"
        return "leave"

    def _add(
        self, event: JournalEvent, *, stage: int | None = None, reading: Reading | None = None,
        moment: datetime | None = None, **fields: Any,  # noqa: ANN401  of a line
    ) -> None:  # fmt: skip
        """Write a line, go to the state that follows, and tell of it."""
        line = JournalLine(
            time=moment or self._outside.clock(),
            event=event,
            stage=self._state.stage if stage is None else stage,
            outcome=None if reading is None else reading.outcome,
            reasons=[] if reading is None else list(reading.reasons),
            **fields,
        )
        self._journal.add(line)
        self._state, _ = step(self._rules, self._state, Event(line.event, line.time, line.outcome))
        self._outside.tell(line, self.record)

    def _fail(self, error: TaskfusionError) -> NoReturn:
        """Write an error down, and raise it again."""
        if self._state.phase == "leaving":
            error = RunError(f"{error}; the candidate has NOT lost its units: take them from it by hand")
        if self._journal.lines[-1].message != str(error):
            self._add("error", message=str(error))
        raise error

    def _first_look(self) -> Shown:
        try:
            return self._server.look()
        except ServerAwayError as error:
            raise RunError(f"{error}; start the server with taskfusion serve, or mend server in the ramp") from error

    def _base(self) -> Routes:
        routes = self._journal.lines[0].routes
        if routes is None:
            raise RunError(f"'{self._journal.path}' should say which routes were in force before; name another --out")
        return routes

    def _first_day(self, stage: int) -> date:
        days = [line.first_day for line in self._journal.lines if line.event == "moved" and line.stage == stage]
        return days[-1] if days and days[-1] is not None else self._outside.clock().date()

    def _tier(self, stage: int) -> str:
        return SHADOW if self._ramp.percents[stage] == 0 else CANARY

    def _require_not_beyond(self) -> None:
        until, state = self._until, self._state
        is_beyond = until is not None and (state.stage > until or (state.stage == until and state.phase == "moving"))
        if until is not None and is_beyond and state.phase not in ENDED:
            raise ExperimentError(
                f"the ramp should end after the stage {stage_name(self._ramp.stages[until].percent)}, but is beyond it "
                f"already; give a later stage, or none"
            )


def _plan(ramp: Ramp, charter: Charter) -> RampPlan:
    return RampPlan(
        name=charter.name,
        candidate=ramp.candidate,
        stages=[stage_name(stage.percent) for stage in ramp.stages],
        percents=list(ramp.percents),
        holdback=ramp.holdback,
    )


def _require_same(plan: RampPlan, journal: Journal) -> None:
    """Raises RunError where a journal is of another ramp."""
    before = journal.lines[0].plan
    differing = [name for name in type(plan).model_fields if before and getattr(before, name) != getattr(plan, name)]
    if differing:
        raise RunError(
            f"'{journal.path}' is of a ramp with another {' and '.join(differing)}; go on with the same file, or begin "
            f"anew with another --out"
        )
