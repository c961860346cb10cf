"""The page of an exported model: what it predicts, how well, what it reads, and what nobody has judged yet."""

from collections.abc import Mapping, Sequence
from typing import Final

from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.report import number
from taskfusion.report.box import KeyFigure, VerdictBox
from taskfusion.report.glossary import metric_terms
from taskfusion.report.page import render
from taskfusion.report.run import shown_records, shown_split
from taskfusion.report.run_box import learned_chart, learned_title
from taskfusion.report.table import is_few, task_tables
from taskfusion.report.theme import styles
from taskfusion.report.words import listed
from taskfusion.run.record.card import CardFeature, ModelCard
from taskfusion.schema.feature import Role

ROLES: Final[Mapping[Role, str]] = {
    "user": "of the user, once per request",
    "context": "of the context, once per request",
    "item": "of the item, the same in all requests",
    "candidate": "of the item in this request, for each candidate",
}

_SERVE: Final = (
    "taskfusion serve THIS_FOLDER --items ITEMS.parquet",
    "answers ranking requests over HTTP; score predicts whole tables",
)
_IMPROVE: Final = (
    "taskfusion train EXPERIMENT.yaml --preset auto --out RUN",
    "tries better settings before this is put to work",
)


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
        inputs=[(ROLES[role], found) for role in ROLES if (found := _of_role(card.features, role))],
        held=held_columns(card.features),
        limits=limits(card),
        figures=_figures(card),
        glossary=metric_terms(name for record in records for name in record.metrics),
    )


def card_box(card: ModelCard) -> VerdictBox:
    """What the model is and how well it does, and how it is put to work."""
    records = shown_records(card.splits)
    kinds = ", ".join(f"{task.name} ({task.kind})" for task in card.tasks)
    sentences = [
        f"Given a request and its candidates it predicts: {kinds}.",
        f"It learned from {number.count(card.training.train_rows)} rows, and is shown on "
        f"{number.count(max(record.rows.used for record in records))} {shown_split(card.splits)} rows.",
    ]
    if card.score:
        sentences.append(f"Candidates are ordered by {_sum(card.score)}.")
    if card.domain is not None:
        sentences.append(f"It is meant for rows where {card.domain}, and for no others.")
    if card.quarantined:
        sentences.append(f"No other task takes from {listed(card.quarantined)} any more: it is in quarantine.")
    is_ready = all((one.metrics.get(LEAD_METRIC) or 2) < 1 for one in records)
    command, purpose = _SERVE if is_ready else _IMPROVE
    return VerdictBox(
        learned_title(records),
        "better" if is_ready else "unclear",
        sentences,
        learned_chart(records),
        command=command,
        purpose=purpose,
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
    found = [
        "One training with one seed. Whether another way to share, separate models or trees are better: compare.",
        "The figures are of all rows together. Whether they hold for every segment: audit --run.",
        "Rows that look otherwise than those of training, such as another country or a year later, were not judged.",
        "Labels are what the log has: they follow what was shown to whom, and a prediction is no proof of an effect. "
        "An A/B test tells.",
    ]
    if shown_split(card.splits) == "validation":
        found.insert(0, "The figures are of the rows that chose the model, and therefore too good. Give it test rows.")
    if few:
        found.insert(0, f"So few rows are positive for {listed(few)} that these figures say little.")
    if card.not_split is not None:
        found.append(f"A request is not read apart from its items, which makes scoring slower: {card.not_split}.")
    return found


def _figures(card: ModelCard) -> list[KeyFigure]:
    together = " with trees" if card.has_trees else ""
    return [
        KeyFigure("way of sharing", f"{card.variant}{together}", [f"seed {card.seed}"]),
        KeyFigure("training rows", number.count(card.training.train_rows)),
        KeyFigure("training time", number.duration(card.training.seconds)),
        KeyFigure("features", str(len(card.features))),
        KeyFigure("grouped by", card.group or "nothing"),
    ]


def _of_role(features: Sequence[CardFeature], role: Role) -> list[CardFeature]:
    return [feature for feature in features if feature.role == role]


def _sum(weights: Mapping[str, float]) -> str:
    """Such as 0.7 like + 0.3 click - 2 report."""
    terms = [f"{'-' if weight < 0 else '+'} {abs(weight):g} {name}" for name, weight in weights.items()]
    return " ".join(terms).removeprefix("+ ")
