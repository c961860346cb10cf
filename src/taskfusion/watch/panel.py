"""What a dashboard is made of: rows of panels, whose lines are queries."""

from collections.abc import Sequence
from dataclasses import dataclass

from taskfusion.watch.registry import Unit


@dataclass(frozen=True)
class Line:
    """One query.

    Attributes:
        expression: in PromQL; %s stands for the choice of task, segment and bundle.
        legend: of its series.
        is_instant: whether it is asked for the last moment alone.
    """

    expression: str
    legend: str = ""
    is_instant: bool = False


@dataclass(frozen=True)
class Panel:
    """One figure.

    Attributes:
        title: of it.
        about: what it shows and what is wrong.
        lines: its queries.
        unit: of its values.
        form: timeseries, stat (one number) or table.
        limits: values at which it turns red, at both sides where there are two; empty: none.
        width: of 24 columns.
    """

    title: str
    about: str
    lines: Sequence[Line]
    unit: Unit = "none"
    form: str = "timeseries"
    limits: Sequence[float] = ()
    width: int = 8


@dataclass(frozen=True)
class Row:
    """Panels below one heading; repeated for each value of a variable where one is named."""

    title: str
    panels: Sequence[Panel]
    repeat: str = ""
