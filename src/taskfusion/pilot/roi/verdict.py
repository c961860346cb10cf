"""Go, stop, or not known yet: from the chance to pay in each case, and what the pilot says."""

from collections.abc import Sequence
from typing import Final

from taskfusion.run.record.pilot_memo import PilotMemo
from taskfusion.run.record.roi import RoiCase, RoiReason, RoiReasonKind, Verdict

SURE: Final = 0.9
SMALL: Final = 0.2


def judge(cases: Sequence[RoiCase], memo: PilotMemo | None, *, has_kpis: bool) -> tuple[Verdict, list[RoiReason]]:
    """The verdict and its reasons.

    A change goes where the pilot ships it and it pays with near certainty, by what was shown and with all effects that
    were measured. It stops where the pilot rolls back, or the best case hardly pays. What a pilot with arms of a wrong
    ratio measured is no reason to stop.

    Args:
        cases: savings, shown effects and all effects.
        memo: of the pilot; None: there was none.
        has_kpis: whether KPIs are worth money.
    """
    _, shown, everything = cases
    best = max(cases, key=lambda one: one.chance)
    if memo is not None and memo.action == "roll back":
        return "stop", [RoiReason(kind="rolled back")]
    is_blind = memo is not None and memo.is_mismatch and has_kpis
    if best.chance <= SMALL and not is_blind:
        return "stop", [_of("does not pay", best)]
    reasons = _of_pilot(memo)
    if shown.chance < SURE:
        reasons.append(_of("unsure", shown))
    elif everything.chance < SURE:
        reasons.append(_of("open effects", everything))
    verdict: Verdict = "not known yet" if reasons else "go"
    if verdict == "go":
        reasons.append(_of("pays", shown))
    if memo is not None and has_kpis and memo.action == "ship" and memo.day < memo.days:
        reasons.append(RoiReason(kind="early"))
    return verdict, reasons


def _of_pilot(memo: PilotMemo | None) -> list[RoiReason]:
    if memo is None:
        return [RoiReason(kind="no pilot")]
    if memo.is_mismatch:
        return [RoiReason(kind="ratio")]
    kinds: dict[str, RoiReasonKind] = {"extend": "running", "hold": "held"}
    return [RoiReason(kind=kinds[memo.action])] if memo.action in kinds else []


def _of(kind: RoiReasonKind, one: RoiCase) -> RoiReason:
    return RoiReason(kind=kind, case=one.name, chance=one.chance)
