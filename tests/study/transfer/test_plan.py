"""Which models a study of transfer trains, and in which order."""

import pytest

from support import experiment, log_table
from taskfusion.base.errors import ExperimentError
from taskfusion.data.prepared import EncodedData, encode_splits
from taskfusion.study.transfer.plan import chosen_sources, count_models, plan_transfer, without

OWN = experiment(relations=[{"kind": "dbmtl", "source": "click", "target": "seconds"}])


@pytest.fixture(scope="module")
def data() -> EncodedData:
    parts = {name: log_table(150, seed).lazy() for seed, name in enumerate(("train", "validation"))}
    return encode_splits(parts, OWN.table_schema, memory_gib=1)


def test_seed_by_seed_all_without_each_and_each_alone(data: EncodedData) -> None:
    plan = plan_transfer(OWN, ("click", "reaction"), 2, data)
    of_seed = ["all", "without-click", "without-reaction", "single-task"]
    assert [(cell.variant, cell.seed) for cell in plan.cells] == [(name, seed) for seed in (0, 1) for name in of_seed]
    assert plan.num_models == count_models(plan.cells) == 2 * (1 + 2 + 2)
    assert [model.folder for model in plan.of("single-task")[0].models] == ["click", "reaction"]


def test_a_model_without_a_task_is_else_the_same(data: EncodedData) -> None:
    plan = plan_transfer(OWN, ("click",), 1, data)
    (every,), (left,) = plan.of("all")[0].models, plan.of(without("click"))[0].models
    assert every.experiment.tasks == OWN.tasks
    assert left.tasks == (1, 2)
    assert [task.name for task in left.experiment.tasks] == ["seconds", "reaction"]
    assert left.experiment.relations == ()
    assert left.experiment.network == every.experiment.network
    assert left.experiment.training == every.experiment.training


def test_networks_are_trained_without_trees_beside_them(data: EncodedData) -> None:
    with_trees = experiment(relations=[one.model_dump() for one in OWN.relations], ensemble={"trees": True})
    plan = plan_transfer(with_trees, ("click",), 1, data)
    assert not any(model.experiment.ensemble.trees for cell in plan.cells for model in cell.models)


def test_sources_stand_in_the_order_of_the_experiment() -> None:
    assert chosen_sources(OWN, ["reaction", "click"]) == ("click", "reaction")
    assert chosen_sources(OWN, []) == ("click", "seconds", "reaction")


def test_an_unknown_task_is_named_with_the_one_that_is_meant() -> None:
    with pytest.raises(ExperimentError, match=r"--tasks names 'clik'.*did you mean 'click'"):
        chosen_sources(OWN, ["clik"])


def test_one_task_has_nothing_to_share() -> None:
    alone = experiment(tasks=[{"name": "click", "kind": "binary"}])
    with pytest.raises(ExperimentError, match="two tasks or more, but 'click' is alone"):
        chosen_sources(alone, [])
