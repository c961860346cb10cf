"""What a study of transfer says of each task, and the remedy that fits, in sentences."""

from collections.abc import Mapping
from typing import Final

from taskfusion.evaluate.transfer import TransferEffect
from taskfusion.report.comparison_box import interval_text
from taskfusion.report.words import listed
from taskfusion.run.record.transfer import Remedy, SourceRecord, TransferRecord

REMEDIES: Final[Mapping[Remedy, str]] = {
    "keep": "Keep it.",
    "drop": "Drop its loss: alone it learns next to nothing, so there is little to keep. Take it out of tasks, or "
    "set its loss_weight to 0.",
    "forbid": "Forbid the edge: it may go on to take from the others, but they no longer take from its experts. "
    "taskfusion quarantine tries that on a finished run, without training.",
    "weigh less": "Lower its weight, and run this again.",
    "single-task": "Give it a model of its own, and take it out of this one: sharing is not shown to help it.",
    "more seeds": "Decide nothing yet: run this again with more seeds.",
}


def source_sentence(found: SourceRecord) -> str:
    """What is known of a task, as one sentence."""
    if found.others is None:
        return f"{found.source}: the model without it is not trained yet."
    return f"{found.source} {_given(found, found.others)}; {_taken(found.alone)}."


def remedy_sentence(found: SourceRecord) -> str:
    """What to do with a task."""
    return REMEDIES[found.remedy]


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
    seen = f"their loss changes by {interval_text(others.change)} without it"
    named = [name for name, effect in found.targets.items() if effect.verdict in ("helps", "harms")]
    shown = {
        "helps": f"helps the other tasks on average: {seen}",
        "harms": f"harms the other tasks on average: {seen}",
        "unstable": f"helps the others with some seeds and harms them with others: {seen}",
        "none shown": f"is not shown to help or harm the others on average: {seen}",
    }[others.verdict]
    pairs = [
        f"it is shown that it {verdict} {listed(targets)}"
        for verdict in ("helps", "harms")
        if (targets := [name for name in named if found.targets[name].verdict == verdict])
    ]
    return ", and ".join([shown, *(f"{pair}" for pair in pairs)])


def _taken(alone: TransferEffect | None) -> str:
    if alone is None:
        return "its model of its own is not trained yet"
    change = interval_text(alone.change)
    return {
        "helps": f"the others help it: alone its loss changes by {change}",
        "harms": f"the others harm it: alone its loss changes by {change}",
        "unstable": f"whether the others help it depends on the seed: alone its loss changes by {change}",
        "none shown": f"the others are not shown to help or harm it: alone its loss changes by {change}",
    }[alone.verdict]
