"""What is wrong with rows and values: repeats, gaps, splits that are not alike, segments too small to judge."""

from collections.abc import Mapping
from typing import Final

from taskfusion.report.finding.form import Form
from taskfusion.report.language import N_

_FEATURE: Final = N_("feature '{feature}'")
_TASK: Final = N_("task '{task}'")
_SPLIT: Final = N_("{split} rows")
_ROWS: Final = N_("rows of the table")
_FIRST: Final = N_("keep one row of each impression, with its last label, before you split")
_TWICE: Final = N_(
    "see whether a row is logged twice; without columns of user, item and time nobody can tell from here"
)
_UNLIKE: Final = N_("expect the model to do worse there than on rows like those it learned from")
_LOGGED: Final = N_("see whether it is logged as before and means the same; if not, mend it or leave it out")
_WITH_TIME: Final = N_(
    "it moves with time; leave it out, unless what it says of new days is like what it said of old ones"
)
_CHANGED: Final = N_("see whether its logging changed; a model learns the change in place of the feature")
_THERE: Final = N_("right where the value cannot exist there; if not, see whether it is logged in all segments")
_SILENT: Final = N_("see whether it is logged there and can happen there; if not, make the label unknown (mask)")

TABLE_FORMS: Final[Mapping[str, Form]] = {
    "target": Form("domain.target", N_("{target:,} of {rows:,} training and validation rows ({share}) satisfy it")),
    "grain.key": Form(_ROWS, N_("each row is one {key}")),
    "grain.alike": Form(_ROWS, N_("each row is what is alike in all columns but the labels")),
    "grain.key.repeat": Form(
        _ROWS, N_("a row should be one {key}, but {repeats:,} of {rows:,} rows ({rows_part}) repeat one"), _FIRST
    ),
    "grain.key.repeat.labels": Form(
        _ROWS,
        N_(
            "a row should be one {key}, but {repeats:,} of {rows:,} rows ({rows_part}) repeat one, and "
            "{contradicting:,} rows differ from their repeats in the label of {tasks}"
        ),
        _FIRST,
    ),
    "grain.alike.repeat": Form(
        _ROWS,
        N_(
            "a row should be what is alike in all columns but the labels, but {repeats:,} of {rows:,} rows "
            "({rows_part}) repeat one"
        ),
        _TWICE,
    ),
    "grain.alike.repeat.labels": Form(
        _ROWS,
        N_(
            "a row should be what is alike in all columns but the labels, but {repeats:,} of {rows:,} rows "
            "({rows_part}) repeat one, and {contradicting:,} rows differ from their repeats in the label of {tasks}"
        ),
        _TWICE,
    ),
    "grain.joined": Form(
        _TASK,
        N_("{repeats_part} of the impressions that repeat have a yes of it, and {others_part} of the others"),
        N_(
            "a join with its events seems to give one row per event: count the events first, and join one row per "
            "impression"
        ),
    ),
    "domain.told": Form(
        _SPLIT,
        N_("trees can tell them from training rows, mostly by {features} (AUC {auc:.2f}; 0.5 is chance)"),
        _UNLIKE,
    ),
    "domain.told.alone": Form(
        _SPLIT, N_("trees can tell them from training rows (AUC {auc:.2f}; 0.5 is chance)"), _UNLIKE
    ),
    "domain.partly": Form(
        _SPLIT, N_("trees can to a degree tell them from training rows (AUC {auc:.2f}; 0.5 is chance)")
    ),
    "domain.alike": Form(_SPLIT, N_("trees can hardly tell them from training rows (AUC {auc:.2f}; 0.5 is chance)")),
    "drift": Form(
        _FEATURE,
        N_(
            "its values in the {split} rows differ from those in the training rows (PSI {psi:.2f}; 0 is alike, {large} "
            "is large)"
        ),
        _LOGGED,
    ),
    "drift.far": Form(
        _FEATURE,
        N_(
            "its values in the {split} rows are far from those in the training rows (PSI {psi:.2f}; 0 is alike, "
            "{large} is large)"
        ),
        _LOGGED,
    ),
    "drift.always": Form(
        _FEATURE,
        N_(
            "its values in the {split} rows differ from those in the training rows (PSI {psi:.2f}; 0 is alike, {large} "
            "is large), and it moves inside the training rows too"
        ),
        _WITH_TIME,
    ),
    "drift.far.always": Form(
        _FEATURE,
        N_(
            "its values in the {split} rows are far from those in the training rows (PSI {psi:.2f}; 0 is alike, "
            "{large} is large), and it moves inside the training rows too"
        ),
        _WITH_TIME,
    ),
    "drift.none": Form(N_("features"), N_("no feature moved between the splits")),
    "missing.split": Form(
        _FEATURE,
        N_("missing in {low_share} of the rows of split {low}, and in {high_share} of split {high}"),
        _CHANGED,
    ),
    "missing.period": Form(
        _FEATURE,
        N_("missing in {low_share} of the rows of period {low}, and in {high_share} of period {high}"),
        _CHANGED,
    ),
    "missing.gap": Form(_FEATURE, N_("missing in {low_share} to {high_share} of the rows, by '{segment}'"), _THERE),
    "missing.gap.more": Form(
        _FEATURE, N_("missing in {low_share} to {high_share} of the rows, by '{segment}'; likewise {others}"), _THERE
    ),
    "missing.unseen": Form(
        _FEATURE, N_("rare or new in {low_share} to {high_share} of the rows, by '{segment}'"), _THERE
    ),
    "missing.unseen.more": Form(
        _FEATURE,
        N_("rare or new in {low_share} to {high_share} of the rows, by '{segment}'; likewise {others}"),
        _THERE,
    ),
    "missing.new": Form(
        _FEATURE,
        N_("{share} of its validation values are hardly ever in training rows"),
        N_("a feature whose values do not come back cannot be learned; replace it by what describes them"),
    ),
    "missing.label": Form(
        _TASK,
        N_("its label is unknown in {low_share} to {high_share} of the rows, by '{segment}'"),
        N_("the model learns from some segments more than from others; judge it segment by segment"),
    ),
    "missing.none": Form(
        N_("values"), N_("nothing is missing in one stretch of time, split or segment and there in another")
    ),
    "segment.small": Form(
        N_("segments"),
        N_(
            "{small} of {segments} segments of validation and test rows have less than {least} labels of some task's "
            "yes or no, by {features}"
        ),
        N_("make no claim about a model in these; join them with others, or gather more rows"),
    ),
    "segment.none": Form(N_("segments"), N_("all are large enough to judge")),
    "segment.silent": Form(
        _TASK,
        N_("yes in {yes:,} of {known:,} rows where {feature} is {value}, and in {others_rate} of the others"),
        _SILENT,
    ),
    "segment.silent.more": Form(
        _TASK,
        N_(
            "yes in {yes:,} of {known:,} rows where {feature} is {value}, and in {others_rate} of the others; "
            "likewise: {also}"
        ),
        _SILENT,
    ),
}
