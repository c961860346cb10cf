"""Unit tests of rules, as promtool runs them: series of a while, and which alarms they should make when."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from taskfusion.watch.rules.rule import MINUTE, Alert, quoted, seconds

_LABEL: Final = re.compile(r"\{\{ \$labels\.(\w+) \}\}")
_VALUE: Final = re.compile(r"\{\{ \$value[^}]*\}\}")


@dataclass(frozen=True)
class Series:
    """A series of a test.

    Attributes:
        name: of the metric.
        labels: of the series; an empty value is no label.
        values: one per step, as promtool writes them: "0+5x10 _x5 3x20".
    """

    name: str
    labels: Mapping[str, str]
    values: str

    @property
    def selector(self) -> str:
        """Name and labels."""
        return selector(self.name, self.labels)


@dataclass(frozen=True)
class Fired:
    """An alarm.

    Attributes:
        alert: the rule that makes it.
        labels: of the expression's value.
        value: as its words name it.
    """

    alert: Alert
    labels: Mapping[str, str]
    value: str = ""

    def document(self, runbook: str) -> dict[str, Any]:
        """It as promtool expects it."""
        labels = {name: value for name, value in {**self.labels, **self.alert.labels}.items() if value}
        annotations = {
            name: _filled(text, labels, self.value) for name, text in self.alert.annotations(runbook).items()
        }
        return {"exp_labels": labels, "exp_annotations": annotations}


@dataclass(frozen=True)
class Moment:
    """What should be at a moment.

    Attributes:
        at: seconds from the beginning.
        name: of the alarms that are looked at.
        fired: all alarms of that name, with their words.
    """

    at: int
    name: str
    fired: Sequence[Fired] = ()


@dataclass(frozen=True)
class Timing:
    """Whether one alarm is there at a moment, whatever others of its name are.

    Attributes:
        at: seconds from the beginning.
        name: of the alarm.
        labels: all of it.
        speaks: whether it is there.
    """

    at: int
    name: str
    labels: Mapping[str, str]
    speaks: bool

    def document(self) -> dict[str, Any]:
        """It as promtool expects it."""
        labels = {"alertname": self.name, "alertstate": "firing", **self.labels}
        asked = selector("ALERTS", labels)
        samples = [{"labels": asked, "value": 1}] if self.speaks else []
        return {"expr": asked, "eval_time": seconds(self.at), "exp_samples": samples}


@dataclass(frozen=True)
class Case:
    """One test.

    Attributes:
        name: of the test.
        series: that are there.
        moments: what should be when.
        timings: of single alarms.
        step: seconds between values of the series, and between evaluations.
    """

    name: str
    series: Sequence[Series]
    moments: Sequence[Moment] = ()
    timings: Sequence[Timing] = field(default=())
    step: int = MINUTE

    def document(self, runbook: str) -> dict[str, Any]:
        """The test as its file has it."""
        moments = [
            {
                "eval_time": seconds(one.at),
                "alertname": one.name,
                "exp_alerts": [fired.document(runbook) for fired in one.fired],
            }
            for one in self.moments
        ]
        return {
            "name": self.name,
            "interval": seconds(self.step),
            "input_series": [{"series": one.selector, "values": one.values} for one in self.series],
            **({"alert_rule_test": moments} if moments else {}),
            **({"promql_expr_test": [one.document() for one in self.timings]} if self.timings else {}),
        }


def selector(name: str, labels: Mapping[str, str]) -> str:
    """Name and labels as PromQL writes them; empty labels are left out."""
    inside = ",".join(f"{label}={quoted(value)}" for label, value in labels.items() if value)
    return f"{name}{{{inside}}}"


def _filled(text: str, labels: Mapping[str, str], value: str) -> str:
    """What Prometheus makes of a template."""
    text = _LABEL.sub(lambda found: labels.get(found[1], ""), text)
    return _VALUE.sub(lambda _: value, text).replace('{{ "{{" }}', "{{")
