"""What is wrong with labels: they are given away, contradict each other, come late, jump, or have no KPI."""

from collections.abc import Mapping
from typing import Final

from taskfusion.report.finding.form import Form
from taskfusion.report.language import N_

_FEATURE: Final = N_("feature '{feature}'")
_TASK: Final = N_("task '{task}'")
LEAK_ADVICE: Final = N_("leave it out unless it is known before the outcome")
_DUE: Final = N_("unless the table was written that much later, leave these rows out or wait")
_JUMP: Final = N_(
    "find out what changed that day: what is logged, who sees it, or how; if it is the log, leave the rows of those "
    "days out, or mend them"
)

LABEL_FORMS: Final[Mapping[str, Form]] = {
    "leak": Form(_FEATURE, N_("alone it predicts {tasks}"), LEAK_ADVICE),
    "leak.value.positives": Form(
        _FEATURE,
        N_("{yes_part} of the positives of '{task}' are where it is {value}, and these are {rows_part} of all rows"),
        LEAK_ADVICE,
    ),
    "leak.value.rows": Form(
        _FEATURE,
        N_(
            "where it is {value}, '{task}' is positive in {yes_part} of the rows, and these are {rows_part} of all rows"
        ),
        LEAK_ADVICE,
    ),
    "leak.missing.positives": Form(
        _FEATURE,
        N_("{yes_part} of the positives of '{task}' are where it is missing, and these are {rows_part} of all rows"),
        LEAK_ADVICE,
    ),
    "leak.missing.rows": Form(
        _FEATURE,
        N_(
            "where it is missing, '{task}' is positive in {yes_part} of the rows, and these are {rows_part} of all rows"
        ),
        LEAK_ADVICE,
    ),
    "leak.several.positives": Form(
        _FEATURE,
        N_(
            "{yes_part} of the positives of '{task}' are where it has one of its values, and these are {rows_part} of "
            "all rows"
        ),
        LEAK_ADVICE,
    ),
    "leak.several.rows": Form(
        _FEATURE,
        N_(
            "where it has one of its values, '{task}' is positive in {yes_part} of the rows, and these are {rows_part} "
            "of all rows"
        ),
        LEAK_ADVICE,
    ),
    "leak.none": Form(N_("features"), N_("none gives a label away alone")),
    "conflict": Form(
        N_("tasks '{task}' and '{other}'"),
        N_("a yes of '{task}' comes with a yes of '{other}' but in {against:,} of {positives:,} rows ({rows_part})"),
        N_(
            "see whether '{task}' can happen without '{other}'; if not, events of '{other}' are lost, and these rows "
            "should be mended or left out"
        ),
    ),
    "conflict.none": Form(N_("labels"), N_("no label contradicts another")),
    "kpi.without": Form(
        _TASK,
        N_("no KPI says what it is good for"),
        N_("add one to the KPI registry, or leave the task out unless it helps another"),
    ),
    "kpi.late": Form(
        N_("KPI '{kpi}'"),
        N_("its labels take {days:g} days, and {late_share} of the rows are of the last {days:g} days of the table"),
        _DUE,
    ),
    "kpi.late.training": Form(
        N_("KPI '{kpi}'"),
        N_(
            "its labels take {days:g} days, and {late_share} of the rows are of the last {days:g} days of the table, "
            "training rows too"
        ),
        _DUE,
    ),
    "kpi.none": Form(N_("KPIs"), N_("every task has one, and its labels are due")),
    "maturity": Form(
        _TASK,
        N_(
            "yes in {before_rate} of the rows up to {until}, then less and less or at once less, and {last_rate} in "
            "{last}"
        ),
        N_(
            "its labels seem not all there in the last {late} of {periods} periods: leave these rows out, or wait "
            "until their outcomes are logged"
        ),
    ),
    "maturity.none": Form(N_("labels"), N_("no label falls off in the last days")),
    "rate.on": Form(
        _TASK, N_("its mean label is {inside_rate} from {first} on, and {outside_rate} on other days"), _JUMP
    ),
    "rate.to": Form(
        _TASK, N_("its mean label is {inside_rate} from {first} to {last}, and {outside_rate} on other days"), _JUMP
    ),
    "rate.none": Form(N_("labels"), N_("no label's rate jumps between days")),
}
