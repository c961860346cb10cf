"""One try: a ramp on the running server, a watch beside it, and days that go by until the ramp ends."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from demos.pilot.prepare import FILES
from demos.pilot.program import Beside, FailedError, Programs
from demos.pilot.season import Season
from taskfusion.base.record import read_artifact
from taskfusion.run.record.alarms import Alarm, AlarmRecord
from taskfusion.run.record.ramp import RampRecord

_BEGIN_SECONDS: Final = 60
_NIGHT_SECONDS: Final = 30
_LOOKS_SECONDS: Final = 1.2
"""In which a ramp looks twice."""

_MOST_DAYS: Final = 40
_NOT_PASSED: Final = 1
"""Exit code of a ramp that rolled back or held."""

Plant = Callable[[], None]


@dataclass(frozen=True)
class Ended:
    """How a try ended.

    Attributes:
        record: of the ramp.
        folder: of the ramp.
        alarms: that the watch had in the end.
    """

    record: RampRecord
    folder: Path
    alarms: list[Alarm]


def alarm_words(alarm: Alarm) -> str:
    """What an alarm is about, and what follows."""
    about = [one for one in (alarm.task, alarm.feature, alarm.segment) if one is not None]
    where = f" of {', '.join(about)}" if about else ""
    return f"{alarm.name}{where}: {alarm.action} (runbook: {alarm.remedy})"


class Attempt:
    """A try.

    Args:
        programs: that run in the folder of the pilot.
        season: its days.
        number: of the try, from 1 on.
        tell: takes what happens.
    """

    def __init__(self, programs: Programs, season: Season, number: int, tell: Callable[[str], None]) -> None:
        self._programs, self._season, self._tell = programs, season, tell
        self._number, self._folder = number, programs.folder
        self.ramp = self._folder / f"ramp-{number}"
        self._log, self._state = self._folder / f"log-{number}", self._folder / f"watch-{number}"
        self._told = 0
        self._alarms: set[str] = set()

    def write_files(self, admin_port: int) -> None:
        """Write charter, ramp and watch: with names of their own, so that nothing of another try counts."""
        number = str(self._number)
        self._log.mkdir()
        changes = {
            "charter": {"name: one-model": f"name: one-model-{number}"},
            "ramp": {
                "charter.yaml": f"charter-{number}.yaml",
                "127.0.0.1:8001": f"127.0.0.1:{admin_port}",
                "watch/": f"watch-{number}/",
            },
            "watch": {"decisions: log": f"decisions: log-{number}", "state: watch": f"state: watch-{number}"},
        }
        for name, replaced in changes.items():
            text = (FILES / f"{name}.yaml").read_text(encoding="utf-8")
            for old, new in replaced.items():
                if old not in text:
                    raise FailedError(f"{FILES / name}.yaml should hold '{old}'; bring it back")
                text = text.replace(old, new)
            (self._folder / f"{name}-{number}.yaml").write_text(text, encoding="utf-8")

    def run(self, night: Callable[[RampRecord], None] = lambda _: None) -> Ended:
        """Days go by until the ramp ends.

        Args:
            night: takes how far the ramp is before each day.

        Raises:
            FailedError: a program fails, or nothing ends.
        """
        with self._programs.beside("watch", "run", f"watch-{self._number}.yaml") as watch:
            self._wait(watch, self._state / "alarms.json")
            arguments = ("pilot", "ramp", f"ramp-{self._number}.yaml", "--out", self.ramp.name)
            with self._programs.beside(*arguments) as ramp:
                self._wait(ramp, self.ramp / "ramp.json")
                self._settle(ramp, 0.0)
                last = (self._season.day or 0) + _MOST_DAYS
                while ramp.code is None:
                    watch.require_running()
                    night(self.record)
                    self._day(ramp, last)
                ramp.require_code(0, _NOT_PASSED)
        alarms = read_artifact(self._state / "alarms.json", AlarmRecord).alarms
        return Ended(self.record, self.ramp, alarms)

    @property
    def record(self) -> RampRecord:
        """How the ramp goes so far."""
        return read_artifact(self.ramp / "ramp.json", RampRecord)

    def _day(self, ramp: Beside, last: int) -> None:
        day = (self._season.day or 0) + 1
        if day > last:
            raise FailedError(f"the ramp has not ended after {_MOST_DAYS} days; read {self.ramp / 'journal.jsonl'}")
        shipped = time.time()
        self._season.live(day, self._log)
        self._settle(ramp, shipped)

    def _settle(self, ramp: Beside, shipped: float) -> None:
        """Wait until the ramp has looked at what came, and has done what follows."""
        begun = time.monotonic()
        time.sleep(_LOOKS_SECONDS)
        while ramp.code is None and time.monotonic() < begun + _NIGHT_SECONDS:
            record = self.record
            memo = self.ramp / f"stage-{record.stages[record.stage].name}" / "memo.json"
            is_compared = record.stage >= 0 and 0 < record.stages[record.stage].percent <= 50
            is_read = not is_compared or shipped == 0 or (memo.exists() and memo.stat().st_mtime > shipped)
            if record.phase == "staying" and is_read:
                break
            time.sleep(0.1)
        self._say_news()

    def _say_news(self) -> None:
        lines = (self.ramp / "journal.jsonl").read_text(encoding="utf-8").splitlines()
        record = self.record
        for line in lines[self._told :]:
            event = json.loads(line)
            if event["event"] == "moved":
                stage = record.stages[event["stage"]]
                who = "nobody, and is asked as well" if stage.name == "shadow" else f"{stage.percent:g} % of users"
                self._tell(f"{self._when}: the candidate answers {who}")
        self._told = len(lines)
        for alarm in read_artifact(self._state / "alarms.json", AlarmRecord).alarms:
            words = alarm_words(alarm)
            if words not in self._alarms:
                self._alarms.add(words)
                self._tell(f"{self._when}: ALARM {words}")

    @property
    def _when(self) -> str:
        return f"after day {self._season.day or 0}"

    def _wait(self, program: Beside, path: Path) -> None:
        begun = time.monotonic()
        while not path.exists():
            program.require_running()
            if time.monotonic() > begun + _BEGIN_SECONDS:
                raise FailedError(f"{path} should be there after {_BEGIN_SECONDS} s, but is not")
            time.sleep(0.1)
