"""What corrects the predictions of a run after training, in sentences."""

from collections.abc import Mapping

from taskfusion.report.language import _
from taskfusion.report.retold import FAULTS, retold
from taskfusion.run.record.calibration import FittedMap


def calibration_notes(tasks: Mapping[str, FittedMap]) -> list[str]:
    """One sentence per task that was to be calibrated.

    Args:
        tasks: what was fitted, by task.
    """
    return [_note(name, fitted) for name, fitted in tasks.items()]


def _note(task: str, fitted: FittedMap) -> str:
    if fitted.parameters is None:
        reason = retold(fitted.reason or "", FAULTS)
        return _(
            "{task}: {method}, which could not be fitted: {reason}.", task=task, method=fitted.method, reason=reason
        )
    numbers = {name: value for name, value in fitted.parameters.items() if isinstance(value, float)}
    if numbers:
        found = ", ".join(f"{name} {value:.4g}" for name, value in numbers.items())
        return _("{task}: {method}, {numbers}.", task=task, method=fitted.method, numbers=found)
    knots = max(len(value) for value in fitted.parameters.values() if isinstance(value, tuple))
    return _("{task}: {method}, {knots} knots.", task=task, method=fitted.method, knots=knots)
