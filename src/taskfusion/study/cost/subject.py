"""What the cost is asked of: an export, a run, or a comparison with separate models and trees beside the shared one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from taskfusion.base.errors import RunError
from taskfusion.base.record import read_artifact
from taskfusion.evaluate.comparison import VariantSummary
from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.evaluate.record import TaskRecord
from taskfusion.pipeline.export import CARD
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.card import ModelCard
from taskfusion.run.record.comparison import ComparisonRecord
from taskfusion.run.record.cost import Amount, WayName
from taskfusion.run.record.metrics import SplitName, Splits
from taskfusion.serve.bundle_files import SCORER
from taskfusion.study.baseline import LIGHTGBM, SINGLE_TASK
from taskfusion.study.cost.amount import of_run
from taskfusion.study.method import BASELINES

COMPARISON = "comparison.json"
Losses = dict[str, Amount]


@dataclass(frozen=True)
class Found:
    """The models of one way.

    Attributes:
        paths: an export, or runs: one of all tasks, or one per task in their order.
        about: which they are.
        losses: by task; empty: not known.
        training: seconds of each training; empty: not known.
    """

    paths: tuple[Path, ...]
    about: str
    losses: Losses
    training: tuple[float, ...]


@dataclass(frozen=True)
class Subject:
    """What there is to measure.

    Attributes:
        ways: by name; the model of all tasks is always there.
        split: rows that losses are from; None: none are known.
        is_bundle: whether the model of all tasks is an export rather than a run.
    """

    ways: Mapping[WayName, Found]
    split: SplitName | None
    is_bundle: bool = False


def read_subject(path: Path) -> Subject:
    """What a directory holds.

    Raises:
        RunError: it holds none of the three, or is damaged; or a comparison has no model of all tasks.
    """
    if (path / SCORER).is_file():
        return _of_bundle(path)
    if (path / COMPARISON).is_file():
        return _of_comparison(path)
    directory = RunDirectory(path)
    if not directory.config.exists():
        raise RunError(
            f"'{path}' should be a directory made by export, train or compare, but holds neither {SCORER} nor "
            f"config.yaml nor {COMPARISON}"
        )
    directory.require_finished()
    metrics = directory.read_metrics()
    split, losses = _losses(metrics.splits)
    found = Found((path,), f"{metrics.variant}, {path.name}", losses, (metrics.training.seconds,))
    return Subject({"one model": found}, split)


def _of_bundle(path: Path) -> Subject:
    if not (path / CARD).is_file():
        return Subject({"one model": Found((path,), path.name, {}, ())}, None, is_bundle=True)
    card = read_artifact(path / CARD, ModelCard)
    split, losses = _losses(card.splits)
    found = Found((path,), f"{card.variant}, {path.name}", losses, (card.training.seconds,))
    return Subject({"one model": found}, split, is_bundle=True)


def _losses(splits: Splits) -> tuple[SplitName | None, Losses]:
    """Those of the test rows; of the validation rows where there are none."""
    split: SplitName = "test" if "test" in splits else "validation"
    records: Sequence[TaskRecord] = splits.get(split, ())
    known = {record.task: record.metrics.get(LEAD_METRIC) for record in records}
    losses = {task: of_run(loss) for task, loss in known.items() if loss is not None}
    return (split if losses else None), losses


def _of_comparison(path: Path) -> Subject:
    record = read_artifact(path / COMPARISON, ComparisonRecord)
    tasks = [task.name for task in record.tasks]
    by_name = {one.variant: one for one in record.summary.variants}
    shared = [one for one in record.summary.variants if one.variant not in BASELINES]
    if not shared:
        raise RunError(
            f"the comparison in '{path}' should hold a model of all tasks, but holds {', '.join(by_name)}; compare "
            f"again with a variant such as adatt-sp among --variants"
        )
    chosen = min(shared, key=lambda one: _mean_loss(one, tasks))
    ways: dict[WayName, Found] = {"one model": _of_variant(path, chosen, [""], tasks)}
    names: dict[WayName, str] = {"separate models": SINGLE_TASK, "trees": LIGHTGBM}
    for way, name in names.items():
        if name in by_name:
            ways[way] = _of_variant(path, by_name[name], tasks, tasks)
    return Subject(ways, record.split)


def _mean_loss(variant: VariantSummary, tasks: Sequence[str]) -> float:
    return fmean(loss.value for loss in _of_seeds(variant, tasks).values()) if _of_seeds(variant, tasks) else 0.0


def _of_variant(path: Path, variant: VariantSummary, folders: Sequence[str], tasks: Sequence[str]) -> Found:
    seed = variant.seeds[0]
    paths = tuple(path / variant.variant / f"seed-{seed}" / folder for folder in folders)
    for one in paths:
        RunDirectory(one).require_finished()
    seconds = tuple(RunDirectory(one).read_metrics().training.seconds for one in paths)
    seeds = f"{len(variant.seeds)} seeds" if len(variant.seeds) > 1 else f"seed {seed}"
    about = f"{variant.variant}, losses of {seeds}"
    return Found(paths, about, _of_seeds(variant, tasks), seconds)


def _of_seeds(variant: VariantSummary, tasks: Sequence[str]) -> Losses:
    """Means over seeds, with the lowest and the highest."""
    found: Losses = {}
    for task in tasks:
        summary = variant.tasks.get(task, {}).get(LEAD_METRIC)
        values = [] if summary is None else [value for value in summary.values.values() if value is not None]
        if values:
            found[task] = Amount(value=fmean(values), low=min(values), high=max(values), source="from the comparison")
    return found
