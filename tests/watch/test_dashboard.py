"""The dashboard is one that Grafana's own model of it reads and writes, and its queries are PromQL."""

import enum
import json
import re
import subprocess
import typing
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from promtool import promtool
from taskfusion.watch.dashboard import WIDTH, dashboard, write_dashboard

FOUND = dashboard(0.1, "https://wiki/runbook")
PANELS = [panel for panel in FOUND["panels"] if panel["type"] != "row"]


def lost(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Where what Grafana's model kept differs from what was written; what it adds are its defaults."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [
            one
            for key, value in ours.items()
            for one in (lost(value, theirs[key], f"{path}.{key}") if key in theirs else [f"{path}.{key}"])
        ]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [
            one for index, (a, b) in enumerate(zip(ours, theirs, strict=True)) for one in lost(a, b, f"{path}[{index}]")
        ]
    return [] if ours == theirs else [path]


def misfits(found: Any, path: str = "") -> list[str]:
    """Fields of an object of Grafana's model whose values are not of the type that it declares."""
    if isinstance(found, list):
        return [one for index, item in enumerate(found) for one in misfits(item, f"{path}[{index}]")]
    if not hasattr(found, "to_json"):
        return []
    hints = typing.get_type_hints(type(found).__init__)
    wrong = []
    for name, value in vars(found).items():
        if not _fits(value, hints.get(name, Any)):
            wrong.append(f"{path}.{name} = {value!r}")
        wrong += misfits(value, f"{path}.{name}")
    return wrong


def _fits(value: Any, hint: Any) -> bool:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Union:
        return any(_fits(value, one) for one in arguments)
    if origin is typing.Literal:
        return value in arguments
    if origin is list:
        return isinstance(value, list) and all(_fits(one, arguments[0]) for one in value)
    if origin is dict:
        return isinstance(value, dict)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return value in [one.value for one in hint]
    if hint is float:
        return isinstance(value, int | float)
    if not isinstance(hint, type) or hint is Any:
        return True
    return isinstance(value, hint) or (isinstance(value, dict) and hasattr(hint, "to_json"))  # read as it is


def _read(content: dict[str, Any]) -> Dashboard:
    register_default_plugins()
    return Dashboard.from_json(json.loads(json.dumps(content)))


def test_grafanas_model_keeps_all_of_it() -> None:
    assert lost(FOUND, json.loads(json.dumps(_read(FOUND), cls=JSONEncoder))) == []
    assert misfits(_read(FOUND)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("panels", 1, "fieldConfig", "defaults", "thresholds", "mode"), "absolutely"),
        (("panels", 1, "gridPos", "w"), "wide"),
        (("panels", 6, "options", "legend", "placement"), "left"),
        (("panels", 6, "fieldConfig", "defaults", "custom", "drawStyle"), "crayon"),
        (("graphTooltip",), 7),
        (("refresh",), 60),
    ],
)
def test_the_check_finds_what_the_model_does_not_allow(path: tuple[Any, ...], value: object) -> None:
    content = json.loads(json.dumps(FOUND))
    inner = content
    for key in path[:-1]:
        inner = inner[key]
    assert path[-1] in inner
    inner[path[-1]] = value
    assert misfits(_read(content))
    inner["misspelled"] = 1
    assert lost(content, json.loads(json.dumps(_read(content), cls=JSONEncoder)))


def test_panels_have_numbers_of_their_own_and_none_lies_on_another() -> None:
    ids = [panel["id"] for panel in FOUND["panels"]]
    assert len(set(ids)) == len(ids)
    places = [panel["gridPos"] for panel in FOUND["panels"]]
    assert all(place["x"] >= 0 and place["x"] + place["w"] <= WIDTH for place in places)
    for a, b in combinations(places, 2):
        apart = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        assert apart or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]


def test_every_query_has_a_letter_of_its_own_and_only_variables_that_there_are() -> None:
    variables = {one["name"] for one in FOUND["templating"]["list"]} | {"__rate_interval"}
    for panel in PANELS:
        letters = [target["refId"] for target in panel["targets"]]
        assert len(set(letters)) == len(letters) >= 1
        for target in panel["targets"]:
            assert set(re.findall(r"\$(\w+)", target["expr"])) <= variables
            assert "%s" not in target["expr"]


def test_every_query_is_promql(tmp_path: Path) -> None:
    queries = [target["expr"].replace("$__rate_interval", "5m") for panel in PANELS for target in panel["targets"]]
    rules = [{"record": f"query{index}", "expr": query} for index, query in enumerate(queries)]
    path = tmp_path / "queries.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    done = subprocess.run([promtool(), "check", "rules", path], capture_output=True, text=True)
    assert f"SUCCESS: {len(queries)} rules found" in done.stdout, done.stdout + done.stderr


def test_it_is_written(tmp_path: Path) -> None:
    assert json.loads(write_dashboard(tmp_path, 0.1, "https://wiki/runbook").read_text()) == FOUND
