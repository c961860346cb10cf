"""Variants of somebody else, registered from outside the package, on their way through all of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from support import TASKS, experiment, log_table
from taskfusion import register_variant, unregister_variant
from taskfusion.assemble.network import experiment_plans
from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.config.experiment import Experiment
from taskfusion.inspect.check.profile import profile_experiment
from taskfusion.inspect.check.unread import unread_setting
from taskfusion.pipeline.export import export_run
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.progress import Silent
from taskfusion.pipeline.train import train_run
from taskfusion.run.directory import RunDirectory
from taskfusion.serve.scorer import Scorer
from taskfusion.study.compare.comparison import compare_variants
from taskfusion.study.method import methods
from taskfusion.variants.family.base import NetworkShape
from taskfusion.variants.family.unit import UnitFamily
from taskfusion.variants.plan import GateKind, LevelPlan

SPLITS = {
    name: log_table(rows, seed).lazy() for seed, (name, rows) in enumerate({"train": 300, "validation": 90}.items())
}
NEW = log_table(40, seed=5)
CASCADE = UnitFamily(lambda unit, owner, num_tasks: owner <= unit, group_units=True)
GATES = (GateKind.STATE_AND_SHARED_SOFTMAX, GateKind.MATRIX, GateKind.INPUT_SOFTMAX)


@dataclass(frozen=True)
class Ring:
    """Tasks in a ring: a task takes from itself, from the one before it, and from a shared unit, which takes from all.

    No variant of the package combines what its levels do: another kind of gate at every level, residuals beside
    matrices, masks over experts that belong to units, and edges without gradients.
    """

    owned: ClassVar[bool] = True
    joins_levels: ClassVar[bool] = False
    reads: ClassVar[frozenset[str]] = frozenset(
        {"task_experts", "gate.temperature", "gate.dropout", "gate.balance_weight", "gate.own_share", "gate.features"}
    )

    def levels(self, variant: str, shape: NetworkShape) -> tuple[LevelPlan, ...]:
        tasks = shape.num_tasks
        if not isinstance(shape.task_experts, int):
            raise ExperimentError(f"{variant} has as many experts for every task, found {shape.task_experts}")
        counts = (*(shape.task_experts,) * tasks, 1)
        owners = [unit for unit, count in enumerate(counts) for _ in range(count)]

        def level(number: int) -> LevelPlan:
            units = range(tasks if number == shape.last_level else tasks + 1)
            before = [{unit, (unit - 1) % tasks, tasks} if unit < tasks else set(range(tasks + 1)) for unit in units]
            return LevelPlan(
                layer_dims=tuple(shape.level_dims[number]),
                experts_per_state=counts,
                visible=tuple(tuple(owner in before[unit] for owner in owners) for unit in units),
                gate=GATES[number % len(GATES)],
                owned=True,
                native_residual=True,
                stopped=tuple(tuple(owner not in (unit, tasks) for owner in owners) for unit in units),
                masked_units=tasks if number else 0,
            )

        return tuple(level(number) for number in range(shape.last_level + 1))


def _register(name: str) -> None:
    if name == "cascade":
        register_variant(name, CASCADE, description="a task takes from itself and from those before it")
    else:
        register_variant(name, Ring(), description="a task takes from the one before it", source="Somebody, 2026")


@pytest.fixture(scope="module", autouse=True)
def registered() -> Iterator[None]:
    _register("cascade")
    _register("ring")
    yield
    unregister_variant("cascade")
    unregister_variant("ring")


def _experiment(variant: str) -> Experiment:
    network = {"variant": variant, "level_dims": [[8, 7], [6], [5]], "expert_output": "normalised-swish"}
    return experiment(network=network, embedding={"tables": "both"}, training={"epochs": 1})


@pytest.fixture(scope="module", params=["ring", "cascade"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    out = tmp_path_factory.mktemp("outside") / "run"
    return train_run(_experiment(request.param), SPLITS, out, resume=False, progress=Silent())


def _variant(run: RunDirectory) -> str:
    return str(run.read_metrics().variant)


def test_it_is_trained_and_its_fusion_is_explained(run: RunDirectory) -> None:
    first, second, third = run.read_fusion().levels
    tasks = [task["name"] for task in TASKS]
    assert list(third.units) == tasks
    position = {unit: index for index, unit in enumerate(first.units)}
    for level in (first, second, third):
        weight, visible = np.array(level.weight), np.array(level.visible)
        assert weight.shape == visible.shape == (len(level.units), len(level.experts))
        assert not weight[~visible].any()
        assert weight[visible].all()
    seen = {
        (unit, owner)
        for unit, row in zip(third.units, third.visible, strict=True)
        for owner, is_seen in zip(third.expert_units, row, strict=True)
        if is_seen and owner in tasks
    }
    if _variant(run) == "ring":
        assert seen == {(one, other) for one in tasks for other in (one, tasks[tasks.index(one) - 1])}
    else:
        assert seen == {(one, other) for one in tasks for other in tasks if position[other] <= position[one]}


def test_its_page_says_what_it_is(run: RunDirectory) -> None:
    page = run.report.read_text(encoding="utf-8")
    line = {"ring": "A task takes from the one before it (Somebody, 2026).", "cascade": "from those before it."}
    assert line[_variant(run)] in page


@pytest.fixture(scope="module")
def scorer(run: RunDirectory, tmp_path_factory: pytest.TempPathFactory) -> Scorer:
    export_run(run.path, exported := tmp_path_factory.mktemp("outside") / "exported")
    return Scorer.load(exported)


def test_its_export_scores_as_it_does(run: RunDirectory, scorer: Scorer) -> None:
    expected = TrainedModel.load(run.path).score(NEW)
    np.testing.assert_allclose(scorer.score(NEW).to_numpy(), expected.to_numpy(), rtol=1e-5, atol=1e-6)


def test_its_export_scores_a_request_and_items_apart(run: RunDirectory, scorer: Scorer) -> None:
    items = NEW.unique("item_id", maintain_order=True).select("item_id", "tags")
    request = NEW[:1].drop("item_id", "tags")
    found = scorer.score_candidates(request, scorer.item_rows(items))
    pairs = request.join(items, how="cross")
    expected = TrainedModel.load(run.path).score(pairs)
    np.testing.assert_allclose(found.to_numpy(), expected.to_numpy(), rtol=1e-5, atol=1e-6)


def test_it_is_compared_with_others_and_the_page_says_what_each_is(tmp_path: Path) -> None:
    variants = ["ring", "cascade", "mmoe", "single-task"]
    found = compare_variants(_experiment("adatt-sp"), SPLITS, variants, 1, tmp_path / "c", progress=Silent())
    shown = {one.variant: one for one in found.summary.variants}
    assert list(shown) == variants
    parameters = shown["ring"].parameters
    assert parameters is not None
    assert parameters.total > 0
    page = (tmp_path / "c" / "report.html").read_text(encoding="utf-8")
    assert all(methods()[variant].line.replace("'", "&#39;") in page for variant in variants)


def test_the_experiment_file_knows_it_and_what_it_reads() -> None:
    groups = [{"name": "both", "tasks": ["click", "seconds"]}]
    assert experiment(network={"variant": "cascade", "task_groups": groups}).network.task_groups
    with pytest.raises(ExperimentError, match=r"task_groups suit adatt, .*, cascade, but the variant is ring"):
        experiment(network={"variant": "ring", "task_groups": groups})
    with pytest.raises(ExperimentError, match=r"'own-only', .*register_variant, found 'rings'; did you mean 'ring'\?"):
        experiment(network={"variant": "rings"})
    with pytest.raises(ExperimentError, match="ring has as many experts for every task"):
        experiment_plans(experiment(network={"variant": "ring", "task_experts": [1, 2, 3]}))


def test_check_names_what_it_does_not_read() -> None:
    chosen = experiment(network={"variant": "ring", "shared_experts": 3, "task_experts": 1, "num_experts": 7})
    assert {subject for subject, _ in unread_setting(profile_experiment(chosen, SPLITS))} == {
        "setting 'network.shared_experts'",
        "setting 'network.num_experts'",
    }


def test_a_variant_by_the_name_of_a_baseline_is_refused(tmp_path: Path) -> None:
    register_variant("lightgbm", CASCADE, description="not trees")
    try:
        with pytest.raises(ExperimentError, match="the variant 'lightgbm' has the name of a baseline"):
            compare_variants(_experiment("ring"), SPLITS, ["ring"], 1, tmp_path / "c", progress=Silent())
    finally:
        unregister_variant("lightgbm")


def test_where_it_is_not_registered_its_run_is_refused_and_its_export_still_scores(
    run: RunDirectory, scorer: Scorer
) -> None:
    name, before = _variant(run), scorer.score(NEW)
    unregister_variant(name)
    try:
        with pytest.raises((ExperimentError, RunError), match=f"register_variant, found '{name}'"):
            TrainedModel.load(run.path)
        assert Scorer.load(scorer.engine.path).score(NEW).equals(before)
    finally:
        _register(name)
