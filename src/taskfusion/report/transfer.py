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
from taskfusion.report.language import N_, _
from taskfusion.report.page import render
from taskfusion.report.transfer_words import VERDICTS, remedy_sentence, remedy_setting, source_sentence
from taskfusion.report.words import listed
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
        _chart(_("What leaving a task out does to the others"), _OF_OTHERS, bars) if bars else None,
        [
            KeyFigure(_("trained"), _("{done} of {all} models", done=record.models_done, all=record.models)),
            KeyFigure(_("seeds"), str(record.seeds)),
            KeyFigure(_("training time"), number.duration(record.seconds)),
        ],
        command,
        purpose,
    )


def _title(harming: Sequence[str], helping: Sequence[str], better_alone: Sequence[str]) -> str:
    if harming:
        return _(_HARM if len(harming) > 1 else _HARMS, tasks=listed(harming))
    if helping:
        return _(_KEEP_THEM if len(helping) > 1 else _KEEP_IT, tasks=listed(helping))
    if better_alone:
        return _(_DO_ALONE if len(better_alone) > 1 else _DOES_ALONE, tasks=listed(better_alone))
    return _("No task is shown to help or harm the others")


_HARMS: Final = N_("{tasks} harms the other tasks")
_HARM: Final = N_("{tasks} harm the other tasks")
_KEEP_IT: Final = N_("Keep {tasks}: the other tasks gain by it")
_KEEP_THEM: Final = N_("Keep {tasks}: the other tasks gain by them")
_DOES_ALONE: Final = N_("{tasks} does better alone")
_DO_ALONE: Final = N_("{tasks} do better alone")


def _actions(record: TransferRecord) -> list[str]:
    """What to do with the tasks that should not stay as they are."""
    changed = [one for one in record.sources if one.remedy not in ("keep", "more seeds")]
    said = [_("{task}: {remedy}", task=one.source, remedy=remedy_sentence(one)) for one in changed]
    open_ones = [one.source for one in record.sources if one.remedy == "more seeds"]
    if open_ones:
        said.append(_("Decide nothing yet about {tasks}; it takes more seeds.", tasks=listed(open_ones)))
    if said:
        return said
    return [_("Keep the tasks as they are: nothing here says that another set of them would do better.")]


def _cautions(record: TransferRecord) -> list[str]:
    cautions = []
    if record.models_done < record.models:
        text = _(
            "The study is not finished: {done} of {all} models are trained. The same command goes on.",
            done=record.models_done,
            all=record.models,
        )
        cautions.append(text)
    if any(one.seeds == 1 for one in record.sources):
        cautions.append(_("With one seed nothing is shown; it takes two to tell a task from luck."))
    elif record.seeds < _ENOUGH_SEEDS:
        text = _("With {seeds} seeds intervals are wide; take {more} or more.", seeds=record.seeds, more=_ENOUGH_SEEDS)
        cautions.append(text)
    if record.split == "validation":
        cautions.append(_(OPTIMISTIC))
    return cautions


def _next(record: TransferRecord) -> tuple[str, str]:
    out = shlex.quote(record.name)
    finished = record.models_done == record.models
    if not finished or record.seeds < _ENOUGH_SEEDS or any(one.remedy == "more seeds" for one in record.sources):
        seeds = max(_ENOUGH_SEEDS, 2 * record.seeds) if finished else record.seeds
        return (
            f"taskfusion transfer EXPERIMENT.yaml --seeds {seeds}{_asked(record)} --out {out}",
            _("goes on where this stopped; what is trained is kept"),
        )
    compared = shlex.quote(f"{record.name}-compared")
    command = f"taskfusion compare EXPERIMENT.yaml --variants {record.variant},single-task,lightgbm --out {compared}"
    return command, _("tells whether the model is worth it, with what was changed")


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
    return TransferCell(interval_text(effect.change), _(VERDICTS[effect.verdict]), STYLES[effect.verdict], seeds)


def _matrix(record: TransferRecord) -> HeatMap:
    names = [task.name for task in record.tasks]
    found = [effect.change.mean for one in record.sources for effect in one.targets.values()]
    limit = max(map(abs, found), default=0.0) or 1.0
    cells = [[_map_cell(one, name, limit) for name in names] for one in record.sources]
    label = _("Change of the loss of each column's task, in percent, where the row's task is left out")
    return HeatMap(label, [one.source for one in record.sources], names, cells, limit, numbered=True)


def _map_cell(found: SourceRecord, target: str, limit: float) -> MapCell:
    effect = found.targets.get(target)
    if effect is None:
        same = found.source == target
        return MapCell("", _("{task} is what is left out", task=target) if same else _("not trained yet"), None)
    mean = effect.change.mean
    hover = _(
        "{target} without {source}: {change}, {verdict}",
        target=target,
        source=found.source,
        change=interval_text(effect.change),
        verdict=_(VERDICTS[effect.verdict]),
    )
    return MapCell(number.signed(mean, 2), hover, mean / limit, framed=effect.verdict in ("helps", "harms"))


def _alone_chart(record: TransferRecord) -> BarChart | None:
    bars = [_bar(one.source, one.alone) for one in record.sources if one.alone]
    return _chart(_("What each task has of the others"), _ALONE, bars) if bars else None


def _bar(name: str, effect: TransferEffect) -> Bar:
    change = effect.change
    text = interval_text(change)
    return Bar(name, text, STYLES[effect.verdict], (0.0, change.mean), change.ends, note=_(VERDICTS[effect.verdict]))


def _chart(label: str, measured: str, bars: Sequence[Bar]) -> BarChart:
    ends = [0.0, *(end for bar in bars for end in (*(bar.span or ()), *(bar.interval or ())))]
    return BarChart(label, around(_(measured), ends), bars)


_OF_OTHERS: Final = N_("loss of the others without it, change in %; right of the line: it helps")
_ALONE: Final = N_("loss of the task alone, change in %; right of the line: it helps")


def _settings(record: TransferRecord) -> list[KeyFigure]:
    split = _(record.split)
    return [
        KeyFigure(_("variant"), record.variant),
        KeyFigure(_("seeds"), str(record.seeds)),
        KeyFigure(
            _("{split} groups", split=split) if record.grouped else _("{split} rows", split=split),
            number.count(record.clusters),
        ),
        KeyFigure(_("bootstrap draws"), number.count(record.resamples)),
    ]
