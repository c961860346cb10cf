"""A first KPI registry for the tasks that init inferred, to be edited."""

import re
from collections.abc import Sequence
from typing import Any, Final

from taskfusion.config.yaml_text import dump_yaml
from taskfusion.inspect.init.entry import Entry
from taskfusion.schema.task.table import KINDS

_UNWANTED: Final = {"dislike", "hate", "hide", "report", "block", "unfollow", "bounce", "return", "refund"}
"""Words of outcomes of which less is better."""

_HEAD: Final = """# What each KPI means: one definition for data scientists and managers. All below is a first guess:
# edit meaning, delay_days (until nearly all outcomes are known), role (success, guardrail, deterioration or quality),
# least_effect (relative; 0.01 is 1 %) and owner. taskfusion audit EXPERIMENT --kpi kpi.yaml checks it.
"""


def kpi_text(tasks: Sequence[Entry]) -> str:
    """The text of kpi.yaml: the first wanted outcome is the success, the others are guardrails."""
    kpis = [_kpi(str(task.settings["name"]), str(task.settings["kind"])) for task in tasks]
    first = next((kpi for kpi in kpis if kpi["direction"] == "up"), None)
    if first is not None:
        first["role"] = "success"
    return _HEAD + dump_yaml({"kpis": kpis})


def first_meaning(name: str, kind: str) -> str:
    """What a task of a kind may mean, to be replaced by what it does."""
    begin = "how often an impression leads to" if KINDS[kind].has_positives else "how much an impression brings of"
    return f"{begin} {name}"


def _kpi(name: str, kind: str) -> dict[str, Any]:
    is_unwanted = not _UNWANTED.isdisjoint(re.split(r"[^a-z]+", name.lower()))
    return {
        "name": name,
        "meaning": first_meaning(name, kind),
        "unit": f"{name} per impression",
        "task": name,
        "delay_days": 0,
        "direction": "down" if is_unwanted else "up",
        "role": "guardrail",
        "least_effect": 0.01,
        "owner": "nobody yet",
    }
