"""Go, stop, or not known yet: from the chance to pay in each case, and what the pilot says."""

from collections.abc import Collection, Sequence
from typing import Final

from taskfusion.run.record.pilot_memo import PilotMemo
from taskfusion.run.record.roi import RoiCase, RoiReason, RoiReasonKind, Verdict

SURE: Final = 0.9
SMALL: Final = 0.2


def judge(cases: Sequence[RoiCase], memo: PilotMemo | None, kpis: Collection[str]) -> tuple[Verdict, list[RoiReason]]:
    """The verdict and its reasons.

    A change goes where the pilot ships it and it pays with near certainty, by what was shown and with all effects that
    were measured. It stops where the pilot rolls back, or the best case hardly pays. What a pilot with arms of a wrong
    ratio measured is no reason to stop.

    Args:
        cases: savings, shown effects and all effects.
        memo: of the pilot; None: there was none.
        kpis: that are worth money.
    """
    _, shown, everything = cases
    best = max(cases, key=lambda one: one.chance)
    if memo is not None and memo.action == "roll back":
        return "stop", [RoiReason(kind="rolled back")]
    is_blind = memo is not None and memo.is_mismatch and bool(kpis)
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
    return verdict, reasons + _early(memo, kpis)


def _early(memo: PilotMemo | None, kpis: Collection[str]) -> list[RoiReason]:
    """What ended early, and so measured too much on average; the first look adjusts nothing."""
    if memo is None or memo.action != "ship" or not kpis:
        return []
    ends = [one for one in memo.kpis if one.name in kpis and one.adjusted is not None and one.adjusted.is_early]
    found = [
        RoiReason(kind="adjusted", kpi=one.name, measured=one.effect.change, counted=one.adjusted.change)
        for one in ends
        if one.effect is not None and one.adjusted is not None and one.adjusted.look > 1
    ]
    is_left = memo.day < memo.days if not ends else len(found) < len(ends)
    return [*found, RoiReason(kind="early")] if is_left else found


def _of_pilot(memo: PilotMemo | None) -> list[RoiReason]:
    if memo is None:
        return [RoiReason(kind="no pilot")]
    if memo.is_mismatch:
        return [RoiReason(kind="ratio")]
    kinds: dict[str, RoiReasonKind] = {"extend": "running", "hold": "held"}
    return [RoiReason(kind=kinds[memo.action])] if memo.action in kinds else []


def _of(kind: RoiReasonKind, one: RoiCase) -> RoiReason:
    return RoiReason(kind=kind, case=one.name, chance=one.chance)
