"""What notebooks show: parts of pages without a script, that take the notebook's own colours, light or dark."""

from collections.abc import Sequence

from taskfusion.config.experiment import Experiment
from taskfusion.evaluate.record import TaskRecord
from taskfusion.report.page import fragment
from taskfusion.report.run import RunResult, key_figures, shown_records
from taskfusion.report.run_box import run_costs
from taskfusion.report.table import task_tables
from taskfusion.report.theme import styles
from taskfusion.schema.feature import Feature
from taskfusion.schema.task.table import Task


def experiment_html(experiment: Experiment) -> str:
    """What a ranker would train: its variant, its tasks and its features by kind."""
    return fragment(
        "notebook_experiment.html",
        variant=experiment.network.variant,
        entries={"tasks": _by_kind(experiment.tasks), "features": _by_kind(experiment.features)},
        config_yaml=experiment.to_yaml(),
    )


def run_html(run: RunResult) -> str:
    """What a ranker has learned: key figures, and the metrics of every task on validation and test rows."""
    return fragment(
        "notebook_run.html",
        run=run,
        key_figures=[*key_figures(run), *run_costs(run.metrics.network_training)],
        tables=task_tables(run.metrics.splits),
        styles=styles([record.task for record in shown_records(run.metrics.splits)]),
    )


def records_html(records: Sequence[TaskRecord]) -> str:
    """The metrics of every task on the rows of a table."""
    return fragment(
        "notebook_records.html",
        tables=task_tables({"": records}),
        styles=styles([record.task for record in records]),
    )


def _by_kind(entries: Sequence[Feature | Task]) -> dict[str, list[str]]:
    """Names of tasks or features by their kind."""
    found: dict[str, list[str]] = {}
    for entry in entries:
        found.setdefault(entry.kind, []).append(entry.name)
    return found
