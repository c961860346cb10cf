"""Results as training leaves them, made up but of the right shape."""

import re
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from typing import Any, TypeVar

import numpy as np
import pytest
from pydantic import BaseModel

from taskfusion.evaluate.comparison import Cell, summarize
from taskfusion.evaluate.evidence import BETTER_BASELINE, Evidence
from taskfusion.evaluate.log import EvaluationRecord
from taskfusion.evaluate.record import TaskRecord
from taskfusion.report.comparison import ComparisonResult, ExampleRun
from taskfusion.report.run import RunResult
from taskfusion.run.record.comparison import ComparisonRecord
from taskfusion.run.record.metrics import RunMetrics
from taskfusion.variants.forbidden import ForbiddenEdge, Way
from taskfusion.variants.fusion_map import FusionMap

Record = dict[str, Any]
M = TypeVar("M", bound=BaseModel)


def typed(kind: type[M], content: Record) -> M:
    """A record of plain data, lists for tuples."""
    return kind.model_validate(content, strict=False)


FORMS = {"plot", "bars", "map"}
VOID = {"meta", "br", "hr", "img", "input", "link"}
TASKS = (("click", 0.31), ("like", 0.021), ("follow", 0.0017), ("watch_time", None), ("rating", None))
NO_GROUP = "no group column was given (group of the experiment)"


def binary_record(task: str, rate: float, loss: float, *, rows: int = 50_000) -> Record:
    """A record of a binary task with bins of equal weight, some of them without a positive where it is rare."""
    generator = np.random.default_rng(len(task))
    spread = np.linspace(-2.2, 2.2, 20)
    logit = np.log(rate / (1 - rate)) + spread
    predicted = 1 / (1 + np.exp(-logit))
    weight = rows / 20
    observed = generator.binomial(round(weight), np.clip(predicted * 0.97, 0, 1)) / round(weight)
    centre = (observed + 2 / weight) / (1 + 4 / weight)
    half = 2 * np.sqrt(observed * (1 - observed) / weight + 1 / weight**2) / (1 + 4 / weight)
    bins = np.stack([predicted, observed, np.full(20, weight), np.maximum(centre - half, 0), centre + half], axis=1)
    keys = ("predicted", "observed", "weight", "low", "high")
    return {
        "task": task,
        "kind": "binary",
        "rows": {"used": rows, "unknown": 1_234, "positives": round(rows * rate)},
        "label_mean": rate,
        "metrics": {
            "relative_loss": loss,
            "auc": 1.2 - 0.5 * loss,
            "gauc": None,
            "ne": loss,
            "log_loss": 0.6 * loss,
            "ece": 0.0123 * rate,
            "brier": rate * loss,
            "observed_over_predicted": 0.97,
        },
        "not_available": {"gauc": NO_GROUP},
        "groups": None,
        "reliability": [dict(zip(keys, row, strict=True)) for row in bins.tolist()],
        "best": {"relative_loss": 0.9 * loss, "ne": 0.9 * loss, "auc": 0.93, "ece": 0.0},
    }


def regression_record(task: str, loss: float) -> Record:
    metrics = {
        "relative_loss": loss,
        "observed_over_predicted": 1.24,
        "mse": 4321.9 * loss,
        "mae": 31.7,
        "r2": 1 - loss,
    }
    return {
        "task": task,
        "kind": "regression",
        "rows": {"used": 20_555, "unknown": 30_679},
        "label_mean": 48.21,
        "metrics": metrics,
        "not_available": {},
        "groups": None,
        "reliability": [],
    }


def multiclass_record(task: str, loss: float) -> Record:
    return {
        "task": task,
        "kind": "multiclass",
        "rows": {"used": 51_234, "unknown": 0},
        "label_mean": None,
        "metrics": {"relative_loss": loss, "log_loss": 1.5 * loss, "accuracy": 0.4567},
        "not_available": {},
        "groups": None,
        "reliability": [],
    }


def records(tasks: Sequence[tuple[str, float | None]], shift: float = 0.0) -> list[TaskRecord]:
    """One record per task: a rate makes it binary; without one it is multiclass where named so, else regression."""
    made = []
    for index, (task, rate) in enumerate(tasks):
        loss = 0.72 + 0.26 * ((index * 7) % 10) / 10 + shift
        if rate is not None:
            made.append(binary_record(task, rate, loss))
        elif task == "rating":
            made.append(multiclass_record(task, loss))
        else:
            made.append(regression_record(task, loss))
    return [typed(TaskRecord, one) for one in made]


def evaluations(
    tasks: Sequence[tuple[str, float | None]], shift: float = 0.0, count: int = 8
) -> list[EvaluationRecord]:
    """A log in which the sixth look is the best."""
    names = [task for task, _ in tasks]
    log = []
    for evaluation in range(count):
        loss = 0.8 + shift + 0.18 * 0.5**evaluation + 0.003 * max(0, evaluation - 5) ** 1.5
        by_task = {name: loss * (1 + 0.02 * index) for index, name in enumerate(names)}
        log.append(
            {
                "event": "evaluation",
                "epoch": (evaluation + 1) / 2,
                "step": 390 * (evaluation + 1),
                "seconds": 4.1 * (evaluation + 1),
                "rows_per_second": 95_000.0,
                "train_loss": {name: value * 0.55 - 0.012 * evaluation for name, value in by_task.items()},
                "criterion": loss,
                "best": evaluation <= 5,
                "validation": {n: {"relative_loss": v, "ne": v, "auc": 1.2 - v / 2} for n, v in by_task.items()},
            }
        )
    return [typed(EvaluationRecord, line) for line in log]


def fusion(tasks: Sequence[tuple[str, float | None]], shared: bool = True, each: int = 2) -> list[FusionMap]:
    """Two levels of AdaTT; the second task may not take from the first."""
    names = [task for task, _ in tasks]
    levels = []
    for level in (1, 2):
        units = [*names, "shared"] if shared else names
        owners = [unit for unit in units for _ in range(each)]
        rows = units if level == 1 else names
        generator = np.random.default_rng(level)
        gate = generator.dirichlet(np.full(len(owners), 0.6), size=len(rows))
        native = np.array([[0.5 / each * (owner == unit) for owner in owners] for unit in rows])
        visible = [
            [not (len(names) > 1 and unit == names[1] and owner == names[0]) for owner in owners] for unit in rows
        ]
        levels.append(
            {
                "level": level,
                "units": rows,
                "experts": [f"{owner} {1 + index % each}" for index, owner in enumerate(owners)],
                "expert_units": owners,
                "weight": ((gate + native) * np.array(visible)).tolist(),
                "gate": (gate * np.array(visible)).tolist(),
                "visible": visible,
            }
        )
    return [typed(FusionMap, level) for level in levels]


def run_metrics(tasks: Sequence[tuple[str, float | None]] = TASKS, **changes: object) -> RunMetrics:
    made: Record = {
        "variant": "adatt",
        "seed": 7,
        "training": {
            "learner": "network",
            "epochs": 4,
            "best_epoch": 3.0,
            "seconds": 132.4,
            "rows_per_second": 95_012.3,
            "train_rows": 399_523,
            "parameters": {"embedding": 1_234_567, "network": 98_304, "tower": 10_305, "total": 1_343_176},
            "flops_per_row": 412_345.0,
            "criterion": "relative_loss",
        },
        "splits": {"validation": records(tasks, -0.004), "test": records(tasks)},
    }
    return typed(RunMetrics, {**made, **changes})


def run_result(tasks: Sequence[tuple[str, float | None]] = TASKS, **changes: object) -> RunResult:
    """Changes may be of the metrics too."""
    of_metrics = {name: changes.pop(name) for name in ("variant", "seed", "training", "splits") if name in changes}
    made: dict[str, Any] = {
        "name": "feed-small",
        "metrics": run_metrics(tasks, **of_metrics),
        "log": evaluations(tasks),
        "fusion": fusion(tasks),
        "sharing": [ForbiddenEdge("like", "click", (1,), (Way("shared"),))],
        "config_yaml": "data:\n  table: feed.parquet\ntraining:\n  epochs: 4\n",
    }
    return RunResult(**{**made, **changes})


def evidence(tasks: Sequence[tuple[str, float | None]], variants: Sequence[str], baselines: Sequence[str]) -> Evidence:
    """Every variant against every baseline, the better one where there are two, and the first against the others."""
    names = [task for task, _ in tasks]
    better = {name: baselines[index % len(baselines)] for index, name in enumerate(names)} if len(baselines) > 1 else {}
    pairs = [(variant, baseline) for variant in variants for baseline in baselines if variant != baseline]
    pairs += [(variant, BETTER_BASELINE) for variant in variants if better and variant not in baselines]

    def change(mean: float, half: float, verdict: str) -> Record:
        ends = {"mean": mean, "low": mean - half, "high": mean + half}
        parts = {part: {"mean": mean, "low": mean - share * half, "high": mean + share * half} for part, share in PARTS}
        return {**ends, "verdict": verdict, **parts}

    def metrics(place: int, rate: float | None) -> Record:
        found = {"relative_loss": change(-0.5 - place, 0.4, "better")}
        return found | ({"auc": change(-0.0123, 0.005, "worse")} if rate is not None else {})

    def contrast(variant: str, baseline: str) -> Record:
        return {
            "variant": variant,
            "baseline": baseline,
            "tasks": {name: metrics(place, rate) for place, (name, rate) in enumerate(tasks)},
            "mean": {"relative_loss": change(0.05, 0.1, "no difference shown"), "auc": change(0, 0.1, "n/a")},
        }

    own = [variant for variant in variants if variant not in baselines]
    content = {
        "clusters": 4_321,
        "grouped": True,
        "resamples": 2_000,
        "confidence": 0.95,
        "better_baseline": better,
        "contrasts": [contrast(*pair) for pair in pairs],
        "between": [contrast(own[0], other) for other in own[1:]],
    }
    return typed(Evidence, content)


PARTS = (("rows", 0.8), ("seeds", 0.6))
VARIANTS = ("single-task", "adatt", "adatt-sp", "ple", "mmoe", "shared-bottom", "own-only")


def comparison_result(
    tasks: Sequence[tuple[str, float | None]] = TASKS,
    seeds: int = 5,
    variants: Sequence[str] = VARIANTS,
    **changes: object,
) -> ComparisonResult:
    cells: list[Cell] = []
    for index, variant in enumerate(variants):
        for seed in range(seeds):
            generator = np.random.default_rng([index, seed])
            shift = 0.004 * (index % 4) - 0.006
            metrics = {
                r.task: {
                    name: None
                    if value is None
                    else float(value * (1 + shift * (-1) ** place + generator.normal(0, 0.003)))
                    for name, value in r.metrics.items()
                }
                for place, r in enumerate(records(tasks))
            }
            for values in metrics.values():
                if "ne" in values:
                    values["ne"] = values["relative_loss"]
            cell: Record = {
                "variant": variant,
                "seed": seed,
                "parameters": {
                    "network": 90_000 + index,
                    "embedding": 1_200_000,
                    "tower": 9_000,
                    "total": 1_299_000,
                },
                "flops_per_row": 400_000.0 + 20_000 * index,
                "seconds": 60.0 + 12 * index,
                "epochs": 4 + seed % 2,
                "tasks": metrics,
            }
            cells.append(typed(Cell, cell))
    summary = summarize(cells)
    examples = {
        variant: ExampleRun(
            records(tasks, 0.005 * index),
            evaluations(tasks, 0.01 * index),
            fusion(tasks, shared=variant in ("adatt", "ple"))
            if variant not in ("single-task", "shared-bottom")
            else (),
        )
        for index, variant in enumerate(variants)
    }
    made: Record = {
        "name": "feed-small compared",
        "split": "test",
        "tasks": [{"name": r.task, "kind": r.kind, "rows": r.rows} for r in records(tasks)],
        "budget": {"epochs": 20, "batch size": 1024, "optimizer": "adam", "learning rate": 0.001, "seeds": "0 to 4"},
        "verdicts": [],
        "best": {r.task: r.best for r in records(tasks) if r.best is not None},
        "summary": summary,
        "evidence": evidence(tasks, variants, [one for one in variants if one == "single-task"] or variants[:1])
        if len(variants) > 1
        else None,
        "stopping_costs": {},
        "cells": cells,
        "tuned": {},
    }
    outer: dict[str, Any] = {"examples": changes.pop("examples", examples), "about": changes.pop("about", {})}
    return ComparisonResult(typed(ComparisonRecord, {**made, **changes}), **outer)


class Page(HTMLParser):
    """What a page holds: elements with attributes, text people read, labels of figures, and what marks and cells say
    when pointed at; an unclosed element is an error.
    """

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.figures: list[str] = []
        self.hovers: list[str] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self._words: list[str] = []
        self._open: list[tuple[str, dict[str, str]]] = []
        self.feed(source)
        self.close()
        if self._open:
            raise ValueError(f"not closed: {self._open}")

    @property
    def text(self) -> str:
        return re.sub(r"[ \n]+", " ", " ".join(self._words))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        self.elements.append((tag, found))
        if tag not in VOID:
            self._open.append((tag, found))
        if FORMS & set(found.get("class", "").split()) and "aria-label" in found:
            self.figures.append(found["aria-label"])
        if "title" in found:
            self.hovers.append(found["title"])

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self._open.pop()
        if opened != tag:
            raise ValueError(f"</{tag}> closes <{opened}>")

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _ in self._open]
        if "svg" in tags and tags[-1] in ("title", "desc"):
            self.hovers.append(data)
        elif tags[-1:] == ["script"]:
            self.scripts.append(data)
        elif tags[-1:] == ["style"]:
            self.styles.append(data)
        else:
            self._words.append(data)


@pytest.fixture
def parse() -> Callable[[str], Page]:
    return Page


@pytest.fixture
def make_evidence() -> Callable[..., Evidence]:
    return evidence


@pytest.fixture
def make_run() -> Callable[..., RunResult]:
    return run_result


@pytest.fixture
def make_comparison() -> Callable[..., ComparisonResult]:
    return comparison_result


@pytest.fixture
def make_fusion() -> Callable[..., list[FusionMap]]:
    return fusion


@pytest.fixture
def make_records() -> Callable[..., list[TaskRecord]]:
    return records


@pytest.fixture
def make_looks() -> Callable[..., list[EvaluationRecord]]:
    return evaluations


@pytest.fixture
def twenty() -> list[tuple[str, float | None]]:
    return [(f"outcome_{index + 1}", 0.5 / 1.4**index) for index in range(20)]
