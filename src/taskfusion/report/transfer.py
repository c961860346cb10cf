"""The page of a study of transfer: who helps whom, by training with each task and without it."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from taskfusion.evaluate.transfer import TransferEffect, TransferVerdict
from taskfusion.report import number
from taskfusion.report.axis import around
from taskfusion.report.box import KeyFigure, VerdictBox
from taskfusion.report.comparison_box import OPTIMISTIC, interval_text
from taskfusion.report.figure import Bar, BarChart, HeatMap, MapCell
from taskfusion.report.glossary import TRANSFER
from taskfusion.report.page import render
from taskfusion.report.transfer_words import remedy_sentence, remedy_setting, source_sentence
from taskfusion.report.words import listed, verb
from taskfusion.run.record.transfer import SourceRecord, TransferRecord

STYLES: Final[dict[TransferVerdict, str]] = {
    "helps": "better",
    "harms": "worse",
    "none shown": "unclear",
    "unstable": "unclear",
}
_ENOUGH_SEEDS: Final = 5


@dataclass(frozen=True)
class TransferCell:
    """A pair of tasks as text."""

    change: str
    verdict: str
    style: str
    seeds: str


@dataclass(frozen=True)
class TransferRow:
    """What the page says of one task.

    Args:
        name: of the task.
        sentence: what is known.
        remedy: what to do.
        setting: how that is written; empty: nothing changes.
        cells: what it does to each task, in the order of the tasks.
    """

    name: str
    sentence: str
    remedy: str
    setting: str
    cells: tuple[TransferCell, ...]


def transfer_report(record: TransferRecord) -> str:
    """The page as HTML; it opens offline."""
    return render(
        "transfer.html",
        title=record.name,
        study=record,
        box=transfer_box(record),
        rows=[_row(one, record) for one in record.sources],
        matrix=_matrix(record),
        alone=_alone_chart(record),
        confidence=number.percent(record.confidence),
        settings=_settings(record),
        glossary=TRANSFER,
    )


def transfer_box(record: TransferRecord) -> VerdictBox:
    """What to do, and what each task does to the others on average."""
    harming = [one.source for one in record.sources if one.others and one.others.verdict == "harms"]
    helping = [one.source for one in record.sources if one.others and one.others.verdict == "helps"]
    bars = [_bar(one.source, one.others) for one in record.sources if one.others]
    command, purpose = _next(record)
    return VerdictBox(
        _title(harming, helping, [one.source for one in record.sources if one.remedy == "single-task"]),
        "worse" if harming else "better" if helping else "unclear",
        [*_actions(record), *_cautions(record)],
        _chart("What leaving a task out does to the others", "loss of the others without it", bars) if bars else None,
        [
            KeyFigure("trained", f"{record.models_done} of {record.models} models"),
            KeyFigure("seeds", str(record.seeds)),
            KeyFigure("training time", number.duration(record.seconds)),
        ],
        command,
        purpose,
    )


def _title(harming: Sequence[str], helping: Sequence[str], better_alone: Sequence[str]) -> str:
    if harming:
        return f"{listed(harming)} {verb(harming, 'harms', 'harm')} the other tasks"
    if helping:
        return f"Keep {listed(helping)}: the other tasks gain by {verb(helping, 'it', 'them')}"
    if better_alone:
        return f"{listed(better_alone)} {verb(better_alone, 'does', 'do')} better alone"
    return "No task is shown to help or harm the others"


def _actions(record: TransferRecord) -> list[str]:
    """What to do with the tasks that should not stay as they are."""
    changed = [one for one in record.sources if one.remedy not in ("keep", "more seeds")]
    said = [f"{one.source}: {remedy_sentence(one)}" for one in changed]
    open_ones = [one.source for one in record.sources if one.remedy == "more seeds"]
    if open_ones:
        said.append(f"Decide nothing yet about {listed(open_ones)}; it takes more seeds.")
    if said:
        return said
    return ["Keep the tasks as they are: nothing here says that another set of them would do better."]


def _cautions(record: TransferRecord) -> list[str]:
    cautions = []
    if record.models_done < record.models:
        cautions.append(
            f"The study is not finished: {record.models_done} of {record.models} models are trained. The same command "
            "goes on."
        )
    if any(one.seeds == 1 for one in record.sources):
        cautions.append("With one seed nothing is shown; it takes two to tell a task from luck.")
    elif record.seeds < _ENOUGH_SEEDS:
        cautions.append(f"With {record.seeds} seeds intervals are wide; take {_ENOUGH_SEEDS} or more.")
    if record.split == "validation":
        cautions.append(OPTIMISTIC)
    return cautions


def _next(record: TransferRecord) -> tuple[str, str]:
    out = shlex.quote(record.name)
    finished = record.models_done == record.models
    if not finished or record.seeds < _ENOUGH_SEEDS or any(one.remedy == "more seeds" for one in record.sources):
        seeds = max(_ENOUGH_SEEDS, 2 * record.seeds) if finished else record.seeds
        return (
            f"taskfusion transfer EXPERIMENT.yaml --seeds {seeds}{_asked(record)} --out {out}",
            "goes on where this stopped; what is trained is kept",
        )
    compared = shlex.quote(f"{record.name}-compared")
    command = f"taskfusion compare EXPERIMENT.yaml --variants {record.variant},single-task,lightgbm --out {compared}"
    return command, "tells whether the model is worth it, with what was changed"


def _asked(record: TransferRecord) -> str:
    names = [one.source for one in record.sources]
    return "" if len(names) == len(record.tasks) else f" --tasks {shlex.quote(','.join(names))}"


def _row(found: SourceRecord, record: TransferRecord) -> TransferRow:
    cells = tuple(_cell(found.targets.get(task.name)) for task in record.tasks)
    return TransferRow(
        found.source, source_sentence(found), remedy_sentence(found), remedy_setting(found, record), cells
    )


def _cell(effect: TransferEffect | None) -> TransferCell:
    if effect is None:
        return TransferCell("", "", "unclear", "")
    seeds = ", ".join(number.signed(one, 2) for one in effect.by_seed)
    return TransferCell(interval_text(effect.change), effect.verdict, STYLES[effect.verdict], seeds)


def _matrix(record: TransferRecord) -> HeatMap:
    names = [task.name for task in record.tasks]
    found = [effect.change.mean for one in record.sources for effect in one.targets.values()]
    limit = max(map(abs, found), default=0.0) or 1.0
    cells = [[_map_cell(one, name, limit) for name in names] for one in record.sources]
    label = "Change of the loss of each column's task, in percent, where the row's task is left out"
    return HeatMap(label, [one.source for one in record.sources], names, cells, limit, numbered=True)


def _map_cell(found: SourceRecord, target: str, limit: float) -> MapCell:
    effect = found.targets.get(target)
    if effect is None:
        same = found.source == target
        return MapCell("", f"{target} is what is left out" if same else "not trained yet", None)
    mean = effect.change.mean
    hover = f"{target} without {found.source}: {interval_text(effect.change)}, {effect.verdict}"
    return MapCell(number.signed(mean, 2), hover, mean / limit, framed=effect.verdict in ("helps", "harms"))


def _alone_chart(record: TransferRecord) -> BarChart | None:
    bars = [_bar(one.source, one.alone) for one in record.sources if one.alone]
    return _chart("What each task has of the others", "loss of the task alone", bars) if bars else None


def _bar(name: str, effect: TransferEffect) -> Bar:
    change = effect.change
    text = interval_text(change)
    return Bar(name, text, STYLES[effect.verdict], (0.0, change.mean), change.ends, note=effect.verdict)


def _chart(label: str, measured: str, bars: Sequence[Bar]) -> BarChart:
    ends = [0.0, *(end for bar in bars for end in (*(bar.span or ()), *(bar.interval or ())))]
    return BarChart(label, around(f"{measured}, change in %; right of the line: it helps", ends), bars)


def _settings(record: TransferRecord) -> list[KeyFigure]:
    drawn = "groups" if record.grouped else "rows"
    return [
        KeyFigure("variant", record.variant),
        KeyFigure("seeds", str(record.seeds)),
        KeyFigure(f"{record.split} {drawn}", number.count(record.clusters)),
        KeyFigure("bootstrap draws", number.count(record.resamples)),
    ]
