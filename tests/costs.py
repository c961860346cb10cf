"""Costs as if they had been measured."""

from collections.abc import Mapping, Sequence

from taskfusion.config.traffic import Traffic
from taskfusion.run.record.cost import BaseCost, CostRecord, ModelCost, WayCost, WayName
from taskfusion.study.cost.amount import measured, of_run
from taskfusion.study.cost.plans import make_plans

TASKS = ("click", "like", "watch")
BASE = BaseCost(
    request_seconds=measured([0.0005, 0.0004, 0.0006]),
    mb=measured([90.0]),
    lookup_seconds=measured([0.00001]),
)
DAILY = Traffic(requests_per_second=100, users=1_000_000, items_per_user=50, freshness_hours={"like": 24, "watch": 6})


def model(tasks: Sequence[str], milliseconds: float, mb: float = 40, training: float | None = 60) -> ModelCost:
    """A model that takes so many CPU milliseconds per request, and a thousandth of that per pair."""
    return ModelCost(
        tasks=tuple(tasks),
        predictions=len(tasks),
        request_seconds=measured([milliseconds / 1e3, 0.9 * milliseconds / 1e3, 1.1 * milliseconds / 1e3]),
        row_seconds=measured([milliseconds / 1e6]),
        process_mb=measured([mb]),
        training_seconds=None if training is None or not tasks else of_run(training),
    )


def way(name: WayName, models: Sequence[ModelCost], losses: Mapping[str, float]) -> WayCost:
    """A way with losses by task."""
    return WayCost(
        name=name, about="made up", models=tuple(models), losses={task: of_run(loss) for task, loss in losses.items()}
    )


def three_ways() -> list[WayCost]:
    """One model, separate ones that are better on click, and trees that are better on watch."""
    return [
        way("one model", [model(TASKS, 3.0)], {"click": 0.8, "like": 0.7, "watch": 0.5}),
        way("separate models", [model([task], 1.6) for task in TASKS], {"click": 0.78, "like": 0.75, "watch": 0.6}),
        way(
            "trees",
            [model((), 0.5), *(model([task], 1.0, mb=5) for task in TASKS)],
            {"click": 0.9, "like": 0.9, "watch": 0.45},
        ),
    ]


def record(traffic: Traffic = DAILY, ways: Sequence[WayCost] | None = None, **changed: object) -> CostRecord:
    """What a study would find."""
    found = three_ways() if ways is None else list(ways)
    plans, best = make_plans(found, BASE, TASKS, traffic)
    content = {
        "name": "costs",
        "subject": "compared",
        "machine": "Linux x86_64, 2 cores",
        "split": "test",
        "tasks": TASKS,
        "traffic": traffic,
        "base": BASE,
        "ways": tuple(found),
        "plans": plans,
        "best": best,
        "unmet": None,
        "missing": (),
    }
    return CostRecord.model_validate({**content, **changed})
