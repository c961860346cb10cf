"""Rules of Prometheus as data: what they ask and what they say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from taskfusion.report.watch_words import Advice
from taskfusion.watch.remedy import runbook_url

Severity = Literal["page", "ticket"]
MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


@dataclass(frozen=True)
class Alert:
    """One rule that makes an alarm.

    Attributes:
        name: of the alarm, as TaskfusionCalibration.
        expression: in PromQL; it speaks where that has a value.
        wait: seconds that this has to last.
        labels: that the alarm gets beside those of the expression.
        summary: one sentence; {{ $labels.NAME }} and {{ $value ... }} are filled in.
        advice: what it means and what to do.
        key: of the runbook.
        about: what more there is to know, such as the unit of a KPI.
    """

    name: str
    expression: str
    wait: int
    labels: Mapping[str, str]
    summary: str
    advice: Advice
    key: str
    about: str = ""

    def annotations(self, runbook: str) -> dict[str, str]:
        """What people read of an alarm."""
        description = f"{self.advice.wrong} {self.about}".strip()
        return {
            "summary": self.summary,
            "description": description,
            "action": self.advice.action,
            "runbook_url": runbook_url(self.key, runbook),
        }

    def document(self, runbook: str) -> dict[str, Any]:
        """The rule as its file has it."""
        waits = {"for": seconds(self.wait)} if self.wait else {}
        return {
            "alert": self.name,
            "expr": self.expression,
            **waits,
            **({"labels": dict(self.labels)} if self.labels else {}),
            "annotations": self.annotations(runbook),
        }


@dataclass(frozen=True)
class Recording:
    """A rule that keeps the value of an expression under a name."""

    name: str
    expression: str

    def document(self, runbook: str) -> dict[str, Any]:
        """The rule as its file has it."""
        return {"record": self.name, "expr": self.expression}


@dataclass(frozen=True)
class Group:
    """Rules that are evaluated one after the other."""

    name: str
    rules: Sequence[Alert | Recording]

    def document(self, runbook: str) -> dict[str, Any]:
        """The group as its file has it."""
        return {"name": self.name, "rules": [rule.document(runbook) for rule in self.rules]}


def quoted(text: str) -> str:
    """A string of PromQL."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def literal(text: str) -> str:
    """A text that Prometheus' templates leave as it is."""
    return text.replace("{{", '{{ "{{" }}')


def seconds(count: int) -> str:
    """A time span as Prometheus writes it: 90s, 5m, 6h, 3d."""
    for unit, size in (("d", DAY), ("h", HOUR), ("m", MINUTE)):
        if count and count % size == 0:
            return f"{count // size}{unit}"
    return f"{count}s"
