"""A dashboard for Grafana, in its classic JSON model (schema version 38, Grafana 10 and later)."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from taskfusion.base.files import write_text
from taskfusion.watch.panel import Line, Panel, Row
from taskfusion.watch.panels import rows
from taskfusion.watch.registry import GAUGES, Unit, gauge

DASHBOARD: Final = "dashboard.json"
SCHEMA_VERSION: Final = 38
WIDTH: Final = 24
"""Columns of a dashboard."""

HEIGHT: Final = 8
_UNITS: Final[dict[Unit, str]] = {"none": "short", "share": "percentunit", "ratio": "none", "seconds": "s", "p": "none"}
_SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
_VARIABLES: Final = ("task", "segment", "bundle")
_REFERENCES: Final = "ABCDEFGH"
Json = dict[str, Any]


def write_dashboard(out: Path, deadline_seconds: float, runbook: str) -> Path:
    """Write the dashboard.

    Args:
        out: directory.
        deadline_seconds: that a request should be answered in.
        runbook: address of the runbook.

    Raises:
        StorageError: it cannot be written.
    """
    path = out / DASHBOARD
    write_text(path, json.dumps(dashboard(deadline_seconds, runbook), indent=1, ensure_ascii=False) + "\n")
    return path


def dashboard(deadline_seconds: float, runbook: str) -> Json:
    """The dashboard as JSON; arguments as above."""
    return {
        "uid": "taskfusion-watch",
        "title": "taskfusion: what is served",
        "description": "Made by taskfusion watch rules; make it again when the KPI registry or the reference changes.",
        "tags": ["taskfusion"],
        "timezone": "browser",
        "editable": True,
        "graphTooltip": 1,
        "schemaVersion": SCHEMA_VERSION,
        "refresh": "1m",
        "time": {"from": "now-7d", "to": "now"},
        "links": [_link(runbook)],
        "templating": {"list": [_data_source(), *map(_variable, _VARIABLES)]},
        "annotations": {"list": []},
        "panels": list(_panels(rows(deadline_seconds))),
    }


def _panels(given: Sequence[Row]) -> Iterator[Json]:
    """Rows and their panels, numbered, none on another."""
    number, y = 1, 0
    for row in given:
        repeat = {"repeat": row.repeat} if row.repeat else {}
        where = {"x": 0, "y": y, "w": WIDTH, "h": 1}
        yield {
            "type": "row",
            "id": number,
            "title": row.title,
            "collapsed": False,
            "gridPos": where,
            "panels": [],
            **repeat,
        }
        number, y, x = number + 1, y + 1, 0
        for panel in row.panels:
            if x + panel.width > WIDTH:
                x, y = 0, y + HEIGHT
            yield {"id": number, "gridPos": {"x": x, "y": y, "w": panel.width, "h": HEIGHT}, **_panel(panel)}
            number, x = number + 1, x + panel.width
        y += HEIGHT


def _panel(panel: Panel) -> Json:
    form: dict[str, Any] = {
        "timeseries": {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}},
        "stat": {
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "colorMode": "background",
            "graphMode": "none",
        },
        "table": {"showHeader": True},
    }
    merged = [{"id": "merge", "options": {}}] if panel.form == "table" else []
    return {
        "type": panel.form,
        "title": panel.title,
        "description": panel.about,
        "datasource": _SOURCE,
        "targets": [_target(line, ref, panel) for line, ref in zip(panel.lines, _REFERENCES, strict=False)],
        "options": form[panel.form],
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
        **({"transformations": merged} if merged else {}),
    }


def _target(line: Line, reference: str, panel: Panel) -> Json:
    return {
        "refId": reference,
        "datasource": _SOURCE,
        "expr": _chosen(line.expression),
        "legendFormat": line.legend,
        "instant": line.is_instant,
        "range": not line.is_instant,
        "format": "table" if panel.form == "table" else "time_series",
    }


def _chosen(expression: str) -> str:
    """The expression with the choice of task, segment and bundle, as far as its gauge has such labels."""
    if "%s" not in expression:
        return expression
    (found,) = [one for one in GAUGES if f"{one.metric}%s" in expression]
    choice = ",".join(f'{name}=~"${name}"' for name in found.labels if name in _VARIABLES)
    return expression.replace("%s", f"{{{choice}}}" if choice else "")


def _defaults(panel: Panel) -> Json:
    """Unit, scale and limits: red above the last limit, and below the first where there are two."""
    steps: list[Json] = [{"color": "green", "value": None}]
    if len(panel.limits) == 1:
        steps.append({"color": "red", "value": panel.limits[0]})
    elif panel.limits:
        low, high = panel.limits
        steps = [{"color": "red", "value": None}, {"color": "green", "value": low}, {"color": "red", "value": high}]
    found: Json = {"unit": _UNITS[panel.unit], "thresholds": {"mode": "absolute", "steps": steps}}
    if panel.form == "timeseries":
        scale = {"type": "log", "log": 10} if panel.unit == "p" else {"type": "linear"}
        found["color"] = {"mode": "palette-classic"}
        found["custom"] = {
            "drawStyle": "line",
            "lineWidth": 1,
            "fillOpacity": 0,
            "showPoints": "auto",
            "spanNulls": True,
            "scaleDistribution": scale,
            "thresholdsStyle": {"mode": "dashed" if panel.limits else "off"},
        }
    elif panel.form == "stat":
        found["color"] = {"mode": "thresholds"}
    return found


def _data_source() -> Json:
    return {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "hide": 0}


def _variable(name: str) -> Json:
    """A choice of values of a label; All also holds where the label is empty, as it is for all rows."""
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": _SOURCE,
        "query": f"label_values({gauge('window_rows')}, {name})",
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        **({} if name == "task" else {"allValue": ".*"}),
        "current": {"selected": True, "text": "All", "value": "$__all"},
        "hide": 0,
    }


def _link(runbook: str) -> Json:
    return {
        "title": "Runbook",
        "type": "link",
        "url": runbook,
        "icon": "doc",
        "tooltip": "What to do, alarm by alarm",
        "tags": [],
        "asDropdown": False,
        "targetBlank": True,
        "includeVars": False,
        "keepTime": False,
    }
