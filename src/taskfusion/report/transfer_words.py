"""What a study of transfer says of each task, and the remedy that fits, in sentences."""

from collections.abc import Mapping
from typing import Final

from taskfusion.evaluate.transfer import TransferEffect, TransferVerdict
from taskfusion.report.comparison_box import interval_text
from taskfusion.report.language import N_, _
from taskfusion.report.words import listed
from taskfusion.run.record.transfer import Remedy, SourceRecord, TransferRecord

REMEDIES: Final[Mapping[Remedy, str]] = {
    "keep": N_("Keep it."),
    "drop": N_(
        "Drop its loss: alone it learns next to nothing, so there is little to keep. Take it out of tasks, or set its "
        "loss_weight to 0."
    ),
    "forbid": N_(
        "Forbid the edge: it may go on to take from the others, but they no longer take from its experts. taskfusion "
        "quarantine tries that on a finished run, without training."
    ),
    "weigh less": N_("Lower its weight, and run this again."),
    "single-task": N_("Give it a model of its own, and take it out of this one: sharing is not shown to help it."),
    "more seeds": N_("Decide nothing yet: run this again with more seeds."),
}

_GIVEN: Final[Mapping[TransferVerdict, str]] = {
    "helps": N_("{task} helps the other tasks on average: their loss changes by {change} without it"),
    "harms": N_("{task} harms the other tasks on average: their loss changes by {change} without it"),
    "unstable": N_(
        "{task} helps the others with some seeds and harms them with others: their loss changes by {change} without it"
    ),
    "none shown": N_(
        "{task} is not shown to help or harm the others on average: their loss changes by {change} without it"
    ),
}
_PAIRS: Final[Mapping[TransferVerdict, str]] = {
    "helps": N_("{seen}, and it is shown that it helps {tasks}"),
    "harms": N_("{seen}, and it is shown that it harms {tasks}"),
}
_TAKEN: Final[Mapping[TransferVerdict, str]] = {
    "helps": N_("{given}; the others help it: alone its loss changes by {change}."),
    "harms": N_("{given}; the others harm it: alone its loss changes by {change}."),
    "unstable": N_("{given}; whether the others help it depends on the seed: alone its loss changes by {change}."),
    "none shown": N_("{given}; the others are not shown to help or harm it: alone its loss changes by {change}."),
}
VERDICTS: Final[Mapping[TransferVerdict, str]] = {
    "helps": N_("helps"),
    "harms": N_("harms"),
    "unstable": N_("unstable"),
    "none shown": N_("none shown"),
}
"""What a verdict is called in tables and figures."""


def source_sentence(found: SourceRecord) -> str:
    """What is known of a task, as one sentence."""
    if found.others is None:
        return _("{task}: the model without it is not trained yet.", task=found.source)
    given = _given(found, found.others)
    if found.alone is None:
        return _("{given}; its model of its own is not trained yet.", given=given)
    return _(_TAKEN[found.alone.verdict], given=given, change=interval_text(found.alone.change))


def remedy_sentence(found: SourceRecord) -> str:
    """What to do with a task."""
    return _(REMEDIES[found.remedy])


def remedy_setting(found: SourceRecord, record: TransferRecord) -> str:
    """The lines of the experiment file, or the option, that do it; empty where nothing changes there."""
    if found.remedy == "weigh less":
        return f"--set tasks.{found.source}.loss_weight=0.3"
    if found.remedy == "drop":
        return f"--set tasks.{found.source}.loss_weight=0"
    if found.remedy != "forbid":
        return ""
    targets = found.harmed or [task.name for task in record.tasks if task.name != found.source]
    rules = ", ".join(f"{{source: {found.source}, target: {target}}}" for target in targets)
    return f"sharing: {{forbid: [{rules}]}}"


def _given(found: SourceRecord, others: TransferEffect) -> str:
    said = _(_GIVEN[others.verdict], task=found.source, change=interval_text(others.change))
    for verdict, message in _PAIRS.items():
        targets = [name for name, effect in found.targets.items() if effect.verdict == verdict]
        if targets:
            said = _(message, seen=said, tasks=listed(targets))
    return said
