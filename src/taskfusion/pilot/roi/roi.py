"""What a change of models earns, from its file, its costs and its pilot.

Axes: S draws.
"""

from pathlib import Path
from typing import Final

import numpy as np

from taskfusion.base.record import read_artifact
from taskfusion.config.roi import Roi
from taskfusion.pilot.roi.case import case, net, spread
from taskfusion.pilot.roi.draw import Array
from taskfusion.pilot.roi.flow import Flow, flow
from taskfusion.pilot.roi.influence import influence, ranks
from taskfusion.pilot.roi.inputs import Inputs, draw_inputs
from taskfusion.pilot.roi.price import count, models_of, plan_of
from taskfusion.pilot.roi.verdict import SMALL, SURE, judge
from taskfusion.run.record.cost import CostRecord
from taskfusion.run.record.pilot_memo import PilotMemo
from taskfusion.run.record.roi import RoiInput, RoiPart, RoiRecord, Side, Uncounted

DRAWS: Final = 100_000
_SEED: Final = 2026
_SHOWN: Final = ("better", "worse")


def return_on_investment(roi: Roi, draws: int = DRAWS) -> RoiRecord:
    """What a change earns.

    Args:
        roi: the change, its paths absolute.
        draws: of all inputs.

    Raises:
        ExperimentError: the costs lack a plan, the memo a KPI, or a value has the wrong sign for its KPI.
        RunError: cost.json or memo.json is missing or damaged.
    """
    cost = read_artifact(Path(roi.cost), CostRecord)
    memo = None if roi.memo is None else read_artifact(Path(roi.memo), PilotMemo)
    inputs = draw_inputs(roi, cost, memo, draws, _SEED)
    names: dict[Side, str] = {"before": roi.before, "after": roi.after}
    models = {side: count(models_of(cost, plan_of(cost, name))) for side, name in names.items()}
    money = flow(inputs, models)
    shown = set() if memo is None else {one.name for one in memo.kpis if one.finding in _SHOWN}
    saved_S = money.saved
    shown_S = saved_S + _sum([gain for kpi, gain in money.gains.items() if kpi in shown], saved_S)
    all_S = saved_S + _sum(list(money.gains.values()), saved_S)
    cases = [
        case("savings", saved_S, money.once, money.delay, roi.months),
        case("shown effects", shown_S, money.once, money.delay, roi.months),
        case("all effects", all_S, money.once, money.delay, roi.months),
    ]
    verdict, reasons = judge(cases, memo, [worth.kpi for worth in roi.kpis])
    end_S = net(all_S, money.once, money.delay, roi.months)
    return RoiRecord(
        name=roi.name,
        verdict=verdict,
        reasons=reasons,
        action=None if memo is None else memo.action,
        before=roi.before,
        after=roi.after,
        models_before=models["before"],
        models_after=models["after"],
        months=roi.months,
        draws=draws,
        sure=SURE,
        small=SMALL,
        cases=cases,
        parts=_parts(money, shown),
        inputs=_influences(inputs, end_S),
        uncounted=_uncounted(roi, memo, money),
    )


def _sum(gains: list[Array], like_S: Array) -> Array:
    found_S: Array = np.sum(gains, axis=0) if gains else np.zeros_like(like_S)
    return found_S


def _parts(money: Flow, shown: set[str]) -> list[RoiPart]:
    found = [
        RoiPart(
            kind=kind, kpi=None, is_shown=True, before=float(before.mean()), after=float(after.mean()),
            money=spread(before - after),
        )
        for kind, (before, after) in money.costs.items()
    ]  # fmt: skip
    found += [
        RoiPart(kind="KPI", kpi=kpi, is_shown=kpi in shown, before=None, after=None, money=spread(gain))
        for kpi, gain in money.gains.items()
    ]
    once = RoiPart(kind="migration", kpi=None, is_shown=True, before=None, after=None, money=spread(money.once))
    return [*found, once]


def _influences(inputs: Inputs, end_S: Array) -> list[RoiInput]:
    rank_S = ranks(end_S)
    found = []
    for one in inputs.all:
        of = influence(one.value_S, end_S, rank_S)
        found.append(
            RoiInput(
                kind=one.kind, side=one.side, kpi=one.kpi, low=one.spread.low, likely=one.spread.likely,
                high=one.spread.high, source=one.source, share=of.share, correlation=of.correlation, net_low=of.low,
                net_high=of.high,
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: -one.share)


def _uncounted(roi: Roi, memo: PilotMemo | None, money: Flow) -> list[Uncounted]:
    found = [] if "training" in money.costs else [Uncounted(kind="training")]
    found += [Uncounted(kind="no effect", kpi=worth.kpi) for worth in roi.kpis if worth.kpi not in money.gains]
    valued = {worth.kpi for worth in roi.kpis}
    read = [] if memo is None else [one.name for one in memo.kpis]
    return found + [Uncounted(kind="no value", kpi=name) for name in read if name not in valued]
