"""The page of costs: how to serve most cheaply within the limits, and what that rests on."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from taskfusion.report import number
from taskfusion.report.axis import Axis, around
from taskfusion.report.box import KeyFigure, VerdictBox
from taskfusion.report.cost_words import (
    WORDS,
    about_way,
    against_sentence,
    assumptions,
    bill_sentence,
    limit_sentence,
    loss_sentence,
    machine_name,
    missing_sentences,
    money,
    plan_name,
    plan_title,
    range_of,
    source_name,
    source_of,
    way_name,
)
from taskfusion.report.figure import Bar, BarChart, Mark, Panel, Plot
from taskfusion.report.language import _
from taskfusion.report.page import render
from taskfusion.report.theme import BETTER, INK
from taskfusion.run.record.cost import CostRecord, ModelCost, Plan, WayCost

_MILLION: Final = 1_000_000
_BETWEEN: Final = "mix, "
"""Begin of the names of mixes that stand further down the page alone."""


@dataclass(frozen=True)
class PlanRow:
    """A plan as text."""

    place: int
    name: str
    cells: tuple[str, ...]
    tasks: str
    why_not: str


@dataclass(frozen=True)
class ModelRow:
    """A model as text: its numbers, each with its range."""

    name: str
    cells: tuple[tuple[str, str], ...]
    source: str


def cost_report(record: CostRecord) -> str:
    """The page as HTML; it opens offline."""
    known = [one for one in record.plans if mean_loss(one) is not None]
    return render(
        "cost.html",
        title=record.name,
        record=record,
        box=cost_box(record),
        plans=[_plan_row(place, one) for place, one in enumerate(record.plans, 1)],
        figure=_plot(record, known) if len(known) > 1 else None,
        models=[row for way in record.ways for row in _model_rows(way)],
        base=_base_rows(record),
        losses=_losses(record),
        ways=[way_name(way.name) for way in record.ways if way.losses],
        missing=missing_sentences(record),
        machine=machine_name(record),
        assumptions=assumptions(record.traffic),
        glossary=WORDS,
    )


def cost_box(record: CostRecord) -> VerdictBox:
    """What to do, what it takes, and what the other plans take."""
    best = next((plan for plan in record.plans if plan.name == record.best), None)
    command, purpose = _next(record, best)
    if best is None:
        title = _("No way of serving keeps the limits")
        sentences = [_("{sentence}.", sentence=limit_sentence(record.unmet))] if record.unmet else []
    else:
        title = plan_title(best, len(record.tasks))
        sentences = [bill_sentence(best, record), *against_sentence(best, record), *loss_sentence(best, record)]
    return VerdictBox(
        title,
        "worse" if best is None else "better",
        [*sentences, *missing_sentences(record)[:1]],
        _bars(record),
        [] if best is None else _figures(best),
        command,
        purpose,
    )


def mean_loss(plan: Plan) -> float | None:
    """Mean over tasks of the loss above that of each one's best model, in percent; None where one is not known."""
    known = [one.loss_percent for one in plan.tasks if one.loss_percent is not None]
    return sum(known) / len(known) if known and len(known) == len(plan.tasks) else None


def _figures(best: Plan) -> list[KeyFigure]:
    training = _("not known") if best.training_money is None else money(best.training_money)
    return [
        KeyFigure(
            _("money per million requests"), money(best.bill.money), [_("and training: {money}", money=training)]
        ),
        KeyFigure(_("CPU seconds per million"), number.count(best.bill.cpu_seconds)),
        KeyFigure(_("cores for the peak"), number.significant(best.bill.cores, 2)),
        KeyFigure(_("memory"), f"{number.significant(best.bill.gb, 2)}{number.THIN}GB"),
    ]


def _bars(record: CostRecord) -> BarChart:
    bars = [
        Bar(
            f"{place}. {plan_name(plan.name)}",
            money(plan.bill.money) if plan.is_measured else _("{money}, estimated", money=money(plan.bill.money)),
            "better" if plan.name == record.best else "unclear" if plan.why_not else "",
            (0.0, plan.bill.money),
            note=_("breaks a limit") if plan.why_not else "",
        )
        for place, plan in enumerate(record.plans, 1)
        if plan.name == record.best or not plan.name.startswith(_BETWEEN)
    ]
    top = max(plan.bill.money for plan in record.plans) or 1.0
    axis = Axis(_("money per million requests"), 0.0, 1.05 * top)
    return BarChart(_("Money per million requests, by plan"), axis, bars)


def _next(record: CostRecord, best: Plan | None) -> tuple[str, str]:
    """What to type next, and what it does."""
    subject = shlex.quote(record.subject)
    ways = {way.name for way in record.ways if way.losses}
    if best is None:
        return f"taskfusion cost {subject} --traffic TRAFFIC.yaml --out again", _("with other limits")
    if len(record.tasks) > 1 and "separate models" not in ways:
        return (
            "taskfusion compare EXPERIMENT.yaml --variants adatt-sp,single-task,lightgbm --out compared",
            _("trains what this page can only estimate; then taskfusion cost compared"),
        )
    if {one.way for one in best.tasks} == {"one model"}:
        return "taskfusion serve BUNDLE", _("answers requests with the exported model (taskfusion export makes it)")
    return "taskfusion serve ROUTES.yaml", _("answers requests with several models; docs/serving.md shows the file")


def _plan_row(place: int, plan: Plan) -> PlanRow:
    worst = [one.loss_percent for one in plan.tasks if one.loss_percent is not None]
    mean = mean_loss(plan)
    bill = plan.bill
    cells = (
        money(bill.money),
        number.count(bill.cpu_seconds),
        number.significant(bill.cores, 2),
        number.significant(bill.gb, 2),
        _("not known") if plan.training_money is None else money(plan.training_money),
        _("not known") if mean is None else number.fixed(mean, 2),
        _("not known") if mean is None else number.fixed(max(worst), 2),
        _("measured here") if plan.is_measured else _("estimated"),
    )
    told = {
        _("{way}, {mode}", way=way_name(one.way), mode=_(one.mode)): [
            two.task for two in plan.tasks if (two.way, two.mode) == (one.way, one.mode)
        ]
        for one in plan.tasks
    }
    tasks = " / ".join(_("{how}: {tasks}", how=how, tasks=_(", ").join(names)) for how, names in told.items())
    return PlanRow(place, plan_name(plan.name), cells, tasks, limit_sentence(plan.why_not) if plan.why_not else "")


def _plot(record: CostRecord, known: Sequence[Plan]) -> Plot:
    points = [(plan, mean_loss(plan) or 0.0) for plan in known]
    marks = [
        Mark(
            plan.bill.money,
            loss,
            _(
                "{plan}: {money}, losses {loss} % above the best on average",
                plan=plan_name(plan.name),
                money=money(plan.bill.money),
                loss=format(loss, ".2f"),
            ),
            BETTER if plan.name == record.best else INK,
            hollow=plan.why_not is not None,
            size=5,
            label=str(record.plans.index(plan) + 1),
        )
        for plan, loss in points
    ]
    x = around(_("money per million requests"), [0.0, *(plan.bill.money for plan in known)])
    losses = [0.0, *(loss for _plan, loss in points)]
    y = around(_("mean loss above each task's best model, %"), losses, pad=0.12)
    return Plot(_("Loss against money, one mark per plan"), [Panel(x, y, marks=marks, height=260)])


def _model_rows(way: WayCost) -> list[ModelRow]:
    return [ModelRow(_model_name(way, one), _cells(one), source_of(one)) for one in way.models]


def _model_name(way: WayCost, model: ModelCost) -> str:
    if not model.tasks:
        return _("{way}: JSON and encoding, once", way=way_name(way.name))
    if len(way.models) == 1:
        return _("{way}, {about}", way=way_name(way.name), about=about_way(way))
    return _("{way}: {tasks}", way=way_name(way.name), tasks=_(", ").join(model.tasks))


def _cells(one: ModelCost) -> tuple[tuple[str, str], ...]:
    training = one.training_seconds
    return (
        range_of(one.request_seconds, 1e3, 3),
        range_of(one.row_seconds, _MILLION, 3),
        range_of(one.process_mb, 1.0, 2),
        ("", "") if training is None else (number.duration(training.value), ""),
    )


def _base_rows(record: CostRecord) -> list[tuple[str, tuple[str, str], str]]:
    base = record.base
    return [
        (title, range_of(amount, scale, 2), source_name(amount))
        for title, amount, scale in (
            (_("HTTP server, CPU ms per request"), base.request_seconds, 1e3),
            (_("its memory, and files that all map, MB"), base.mb, 1.0),
            (_("search of batch predictions, CPU ms"), base.lookup_seconds, 1e3),
        )
    ]


def _losses(record: CostRecord) -> list[tuple[str, list[tuple[str, str]]]]:
    """By task the loss of each way that has one, with the range over seeds."""
    ways = [way for way in record.ways if way.losses]
    if not ways:
        return []
    return [
        (task, [range_of(way.losses[task], 1.0, 4) if task in way.losses else ("n/a", "") for way in ways])
        for task in record.tasks
    ]
