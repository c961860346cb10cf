"""Changes of models with their costs and pilots, as files."""

from math import expm1, log1p
from pathlib import Path
from typing import Any

from costs import record, three_ways
from pilot.worlds import START
from taskfusion.base.record import write_artifact
from taskfusion.config.roi import Roi, read_roi
from taskfusion.run.record.cost import WayCost
from taskfusion.run.record.pilot_memo import Action, Finding, Interval, KpiReading, PilotMemo
from taskfusion.study.cost.amount import measured

ROI = """
name: shared
cost: cost.json
memo: memo.json
kpis:
  - {kpi: like, per_month: {low: 8.0e5, likely: 1.0e6, high: 1.3e6}, value: {low: 0.01, likely: 0.02, high: 0.04}}
hour: {low: 60, likely: 80, high: 110}
incident: 2000
upkeep_before: {hours_per_model: {low: 4, likely: 8, high: 16}, incidents: {low: 0.2, likely: 0.5, high: 1}}
upkeep_after: {hours_per_model: {low: 6, likely: 12, high: 20}, incidents: {low: 0.1, likely: 0.2, high: 0.5}}
migration: {hours: {low: 60, likely: 120, high: 300}}
"""


def kpi(name: str, change: float, error: float, finding: Finding = "better", **more: Any) -> KpiReading:
    """A KPI of a memo; its interval is that of 95 %."""
    lower, upper = (expm1(log1p(change) + side * 1.96 * error) for side in (-1, 1))
    content: dict[str, Any] = {
        "role": "success", "direction": "up", "control": 0.1, "treatment": 0.1 * (1 + change), "least_effect": 0.01,
        "looks": [], "matured": 1.0, "fading": None, "adjusted": None,
        "effect": Interval(change=change, lower=lower, upper=upper, error=error),
    }  # fmt: skip
    return KpiReading(name=name, meaning=name, finding=finding, **{**content, **more})


def memo(action: Action = "ship", kpis: list[KpiReading] | None = None, **more: Any) -> PilotMemo:
    """A memo in which like gained 3 %."""
    found = [kpi("like", 0.03, 0.005), kpi("hate", 0.0, 0.02, "safe", role="guardrail", direction="down")]
    content: dict[str, Any] = {
        "exposure": None,
        "segments": [],
        "day": 14,
        "delay": 0,
        "is_mismatch": False,
        "kpis": found if kpis is None else kpis,
    }
    return PilotMemo(
        name="pilot", unit="user", percent=5, first=START, last=START, days=14, action=action, reasons=[],
        units={"treatment": 10, "control": 10}, mismatch=1.0, alpha=0.05, ship_when="any",
        **{**content, **more},
    )  # fmt: skip


def _exact(way: WayCost) -> WayCost:
    """The same, measured once."""
    models = [one.model_copy(update={"request_seconds": measured([one.request_seconds.value])}) for one in way.models]
    return way.model_copy(update={"models": tuple(models)})


def write_files(folder: Path, action: Action = "ship", text: str = ROI, *, scatters: bool = True, **more: Any) -> Path:
    """roi.yaml, cost.json and memo.json in a folder; measurements of costs scatter or not."""
    write_artifact(folder / "cost.json", record(ways=None if scatters else [_exact(one) for one in three_ways()]))
    write_artifact(folder / "memo.json", memo(action, **more))
    (folder / "roi.yaml").write_text(text)
    return folder / "roi.yaml"


def change(folder: Path, action: Action = "ship", text: str = ROI, **more: Any) -> Roi:
    """The change of these files."""
    return read_roi(write_files(folder, action, text, **more))
