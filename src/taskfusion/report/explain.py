"""The page of an explanation: what trained models use, kept apart from what helps.

Each section of the record has a function here and a part of the template; a section that is null is left out.
"""

import shlex
from typing import Final

from taskfusion.evaluate.agreement import SeedFigure
from taskfusion.report import number
from taskfusion.report.attribution import attribution_view, row_box, row_view
from taskfusion.report.attribution_words import overall_sentence
from taskfusion.report.axis import around
from taskfusion.report.box import KeyFigure, VerdictBox
from taskfusion.report.explain_use import (
    ALL_LEVELS,
    FIGURES,
    agreement_rows,
    completeness,
    edge_rows,
    figure_maps,
    segment_view,
)
from taskfusion.report.explain_words import (
    UNSTABLE,
    change_text,
    legend,
    seeds_text,
    sureness,
    task_sentences,
    use_title,
)
from taskfusion.report.figure import Bar, BarChart
from taskfusion.report.glossary import ATTRIBUTION, EXPLAIN
from taskfusion.report.language import N_, _
from taskfusion.report.page import render
from taskfusion.report.retold import retold
from taskfusion.report.theme import styles
from taskfusion.report.words import paragraph
from taskfusion.run.record.explain import ExplainRecord, UsePart

_TABLES: Final = (N_("the test table"), N_("the validation table"))
"""Whose rows they are, as records have it."""


def explain_report(record: ExplainRecord) -> str:
    """The page as HTML; it opens offline."""
    use = record.use
    return render(
        "explain.html",
        title=record.name,
        record=record,
        box=explain_box(record),
        table=retold(record.table, _TABLES),
        edges=[] if use is None else edge_rows(use.parts[0], record.tasks),
        maps={} if use is None else {figure: figure_maps(use.parts[0], figure, record.tasks) for figure in FIGURES},
        completeness=None if use is None else completeness(use),
        chance=number.percent(2.0 ** (1 - len(record.seeds))),
        agreement=[] if use is None else agreement_rows(use.parts[0]),
        all_levels=_(ALL_LEVELS),
        segments=[] if use is None else [segment_view(part, record.tasks) for part in use.parts[1:]],
        other_segments=0 if use is None else use.other_segments,
        transfer=_transfer(),
        columns=attribution_view(
            record.attribution, styles(record.tasks), has_trees=record.trees, num_seeds=len(record.seeds)
        ),
        row=None if record.row is None else row_view(record.row),
        styles=styles(record.tasks),
        settings=_settings(record),
        glossary=(*EXPLAIN, *ATTRIBUTION),
    )


def explain_box(record: ExplainRecord) -> VerdictBox:
    """What the models use, how sure that is, and what to do next."""
    use = record.use
    if record.row is not None:
        return row_box(record.row, *_transfer())
    if use is None:
        return VerdictBox(
            _("{variant} mixes no experts of several units", variant=record.variant),
            "unclear",
            [
                _("Every unit has one source in sight, so no task takes more from one than from another."),
                overall_sentence(record.attribution),
            ],
            None,
            _settings(record),
            *_transfer(),
        )
    one_seed = len(record.seeds) < 2
    said = [legend(record), *(paragraph(task_sentences(use, use.parts[0], name)) for name in record.tasks)]
    helps = _(
        "All this is what the model uses. Whether a task helps another, only training with it and without it tells."
    )
    return VerdictBox(
        use_title(record, use),
        "unclear",
        [*said, overall_sentence(record.attribution), sureness(record, use), helps],
        _others_chart(use.parts[0]),
        [
            KeyFigure(_("seeds used"), ", ".join(map(str, record.seeds))),
            KeyFigure(_("rows"), number.count(record.rows)),
            KeyFigure(_("contributions missing at most"), number.percent(use.completeness_error, 2)),
        ],
        *(_more_seeds(record) if one_seed and use.owned else _transfer()),
    )


def _more_seeds(record: ExplainRecord) -> tuple[str, str]:
    out = shlex.quote(f"{record.name}-seeds")
    return (
        f"taskfusion compare EXPERIMENT.yaml --variants {record.variant} --seeds 3 --out {out} && "
        f"taskfusion explain {out} --out {out}-explained",
        _("trains three seeds and tells what is stable"),
    )


def _transfer() -> tuple[str, str]:
    return (
        "taskfusion transfer EXPERIMENT.yaml --seeds 5 --out transfer",
        _("trains with and without each task, and tells which helps"),
    )


def _others_chart(part: UsePart) -> BarChart | None:
    bars = [_others_bar(one.target, one.others) for one in part.tasks if one.others is not None]
    if not bars:
        return None
    ends = [0.0]
    for bar in bars:
        ends += [*(bar.span or ()), *(bar.interval or ()), *(value for value, _hover in bar.points)]
    title = _("change of the loss in % without the experts of all other units; right of the line: the model uses them")
    return BarChart(_("What each task would lose without all others"), around(title, ends), bars)


def _others_bar(name: str, figure: SeedFigure) -> Bar:
    if figure.steady is False:
        return Bar(name, _(UNSTABLE), "unclear")
    style = "better" if figure.is_shown and figure.mean > 0 else "unclear"
    if len(figure.by_seed) > 1:
        points = [(one, _("a seed: {change}", change=number.signed(one, 2))) for one in figure.by_seed]
        return Bar(name, seeds_text(figure), style, (0.0, figure.mean), points=points)
    ends = None if figure.low is None or figure.high is None else (figure.low, figure.high)
    return Bar(name, change_text(figure), style, (0.0, figure.mean), ends)


def _settings(record: ExplainRecord) -> list[KeyFigure]:
    return [
        KeyFigure(_("variant"), record.variant),
        KeyFigure(_("seeds used"), ", ".join(map(str, record.seeds))),
        KeyFigure(_("rows"), number.count(record.rows)),
        *([KeyFigure(_("groups"), number.count(record.groups))] if record.grouped else []),
        KeyFigure(_("bootstrap draws"), number.count(record.resamples)),
    ]
