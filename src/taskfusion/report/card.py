"""The page of an exported model: what it predicts, how well, what it reads, and what nobody has judged yet."""

from collections.abc import Mapping, Sequence
from typing import Final

from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.report import number
from taskfusion.report.box import KeyFigure, VerdictBox
from taskfusion.report.glossary import metric_terms
from taskfusion.report.language import N_, _
from taskfusion.report.page import render
from taskfusion.report.retold import retold
from taskfusion.report.run import shown_records, shown_split
from taskfusion.report.run_box import learned_chart, learned_title
from taskfusion.report.table import is_few, task_tables
from taskfusion.report.theme import styles
from taskfusion.report.words import listed
from taskfusion.run.record.card import CardFeature, ModelCard
from taskfusion.schema.feature import Role

ROLES: Final[Mapping[Role, str]] = {
    "user": N_("of the user, once per request"),
    "context": N_("of the context, once per request"),
    "item": N_("of the item, the same in all requests"),
    "candidate": N_("of the item in this request, for each candidate"),
}

_SERVE: Final = (
    "taskfusion serve THIS_FOLDER --items ITEMS.parquet",
    N_("answers ranking requests over HTTP; score predicts whole tables"),
)
_IMPROVE: Final = (
    "taskfusion train EXPERIMENT.yaml --preset auto --out RUN",
    N_("tries better settings before this is put to work"),
)
WHOLE: Final = (
    N_(
        "trees read what a request says and what an item says together; train with ensemble.trees=false to have item "
        "rows"
    ),
    N_(
        "a model can be split where some features have the role item and others user or context, but here all have the "
        "role item or candidate"
    ),
    N_(
        "a model can be split where some features have the role item and others user or context, but here all have the "
        "role user, context or candidate"
    ),
    N_(
        "a model can be split where each column of the fusion network's input comes from one feature, but here columns "
        "of {side} features also change with other features, or features are combined before the network"
    ),
)
"""Why a request is not read apart from its items, as records have it."""

_REFERENCES: Final = (N_("{count} test rows"), N_("{count} validation rows"))
"""Rows of the reference, as records have them."""

_BEFOREHAND: Final = (
    N_("One training with one seed. Whether another way to share, separate models or trees are better: compare."),
    N_("The figures are of all rows together. Whether they hold for every segment: audit --run."),
    N_("Rows that look otherwise than those of training, such as another country or a year later, were not judged."),
    N_(
        "Labels are what the log has: they follow what was shown to whom, and a prediction is no proof of an effect. "
        "An A/B test tells."
    ),
)
"""Limits of every card."""


def card_report(card: ModelCard) -> str:
    """The page as HTML; it opens offline."""
    records = shown_records(card.splits)
    return render(
        "card.html",
        title=card.name,
        card=card,
        box=card_box(card),
        tables=task_tables(card.splits),
        styles=styles([task.name for task in card.tasks]),
        inputs=[(_(ROLES[role]), found) for role in ROLES if (found := _of_role(card.features, role))],
        held=held_columns(card.features),
        reference=None if card.reference is None else retold(card.reference, _REFERENCES),
        limits=limits(card),
        figures=_figures(card),
        glossary=metric_terms(name for record in records for name in record.metrics),
    )


def card_box(card: ModelCard) -> VerdictBox:
    """What the model is and how well it does, and how it is put to work."""
    records = shown_records(card.splits)
    kinds = _(", ").join(_("{task} ({kind})", task=task.name, kind=_(task.kind)) for task in card.tasks)
    sentences = [
        _("Given a request and its candidates it predicts: {tasks}.", tasks=kinds),
        _(
            "It learned from {learned} rows, and is shown on {shown} {split} rows.",
            learned=number.count(card.training.train_rows),
            shown=number.count(max(record.rows.used for record in records)),
            split=_(shown_split(card.splits)),
        ),
    ]
    if card.score:
        sentences.append(_("Candidates are ordered by {score}.", score=_sum(card.score)))
    if card.domain is not None:
        sentences.append(_("It is meant for rows where {condition}, and for no others.", condition=card.domain))
    if card.quarantined:
        tasks = listed(card.quarantined)
        sentences.append(_("No other task takes from {tasks} any more: it is in quarantine.", tasks=tasks))
    is_ready = all((one.metrics.get(LEAD_METRIC) or 2) < 1 for one in records)
    command, purpose = _SERVE if is_ready else _IMPROVE
    return VerdictBox(
        learned_title(records),
        "better" if is_ready else "unclear",
        sentences,
        learned_chart(records),
        command=command,
        purpose=_(purpose),
    )


def held_columns(features: Sequence[CardFeature]) -> list[tuple[str, str, str]]:
    """Feature, share of rows without a value, and of values never seen, where one is above 0; the highest first."""
    shares = [(one.name, one.missing or 0.0, one.unseen) for one in features if one.missing or one.unseen]
    shares.sort(key=lambda one: -max(one[1], one[2] or 0.0))
    return [
        (name, number.percent(missing), "" if unseen is None else number.percent(unseen))
        for name, missing, unseen in shares
    ]


def limits(card: ModelCard) -> list[str]:
    """What the figures do not say, each with what would tell."""
    few = [record.task for record in shown_records(card.splits) if is_few(record.rows)]
    found = [_(text) for text in _BEFOREHAND]
    if shown_split(card.splits) == "validation":
        text = _("The figures are of the rows that chose the model, and therefore too good. Give it test rows.")
        found.insert(0, text)
    if few:
        text = _("So few rows are positive for {tasks} that these figures say little.", tasks=listed(few))
        found.insert(0, text)
    if card.not_split is not None:
        reason = retold(card.not_split, WHOLE)
        text = _("A request is not read apart from its items, which makes scoring slower: {reason}.", reason=reason)
        found.append(text)
    return found


def _figures(card: ModelCard) -> list[KeyFigure]:
    shared = _("{variant} with trees", variant=card.variant) if card.has_trees else card.variant
    return [
        KeyFigure(_("way of sharing"), shared, [_("seed {seed}", seed=card.seed)]),
        KeyFigure(_("training rows"), number.count(card.training.train_rows)),
        KeyFigure(_("training time"), number.duration(card.training.seconds)),
        KeyFigure(_("features"), str(len(card.features))),
        KeyFigure(_("grouped by"), card.group or _("nothing")),
    ]


def _of_role(features: Sequence[CardFeature], role: Role) -> list[CardFeature]:
    return [feature for feature in features if feature.role == role]


def _sum(weights: Mapping[str, float]) -> str:
    """Such as 0.7 like + 0.3 click - 2 report."""
    terms = [f"{'-' if weight < 0 else '+'} {abs(weight):g} {name}" for name, weight in weights.items()]
    return " ".join(terms).removeprefix("+ ")
