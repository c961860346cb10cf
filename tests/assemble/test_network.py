"""From the experiment file to the model."""

import pytest
import torch

from support import experiment, label_statistics, log_table
from taskfusion.assemble import inputs
from taskfusion.assemble.network import build_model, count_parameters, experiment_plans, model_plans
from taskfusion.base.errors import ExperimentError
from taskfusion.config.experiment import Experiment
from taskfusion.data.dataset import row_encoder
from taskfusion.data.encode import FeatureEncoder
from taskfusion.model.fusion.level import FusionLevel
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.variants.plan import GateSettings


def _model(whole: Experiment) -> MultiTaskModel:
    table = log_table().lazy()
    encoder = FeatureEncoder.fit(table, whole.features)
    return build_model(whole, encoder.layout, label_statistics(table, whole.table_schema))


def test_parts_add_up_to_all_parameters() -> None:
    model = _model(experiment())
    counts = count_parameters(model)
    assert counts["total"] == sum(parameter.numel() for parameter in model.parameters())
    assert counts["total"] == counts["embedding"] + counts["network"] + counts["tower"]


def test_a_policy_becomes_the_mask_of_its_levels() -> None:
    rule = {"source": "reaction", "target": "click", "levels": [2]}
    first, second = experiment_plans(experiment(sharing={"forbid": [rule]}))
    assert all(all(row) for row in first.visible)
    assert second.visible[0] == (True, True, True, True, False, False)
    assert all(all(row) for row in second.visible[1:])


def test_groups_have_as_many_experts_as_the_file_says() -> None:
    groups = [{"name": "late", "tasks": ["seconds", "reaction"]}, {"name": "all", "tasks": ["reaction", "click"]}]
    (plan, _) = experiment_plans(experiment(network={"task_groups": groups, "group_experts": 3}))
    assert plan.experts_per_state[-2:] == (3, 3)
    seen = [[plan.reads[e] - 3 for e, sees in enumerate(row) if sees and plan.reads[e] >= 3] for row in plan.visible]
    assert seen == [[1] * 3, [0] * 3, [0] * 3 + [1] * 3, [0] * 3, [1] * 3]


def test_a_policy_that_forbids_by_default_allows_what_it_names() -> None:
    rule = {"source": "seconds", "target": "click"}
    (plan, _) = experiment_plans(experiment(sharing={"default": "forbid", "allow": [rule]}))
    assert plan.visible[0] == (True, True, True, True, False, False)
    assert plan.visible[1] == (False, False, True, True, False, False)


def test_a_level_that_a_variant_joins_away_is_named() -> None:
    rule = {"source": "seconds", "target": "click", "levels": [2]}
    with pytest.raises(ExperimentError, match="cgc joins"):
        experiment_plans(experiment(network={"variant": "cgc"}, sharing={"forbid": [rule]}))


def test_a_pool_has_as_many_experts_as_all_tasks_together() -> None:
    (plan, _) = experiment_plans(experiment(network={"variant": "ml-mmoe", "task_experts": [1, 2, 4]}))
    assert plan.num_experts == 7


def test_gate_settings_hold_for_every_level() -> None:
    gate = {"temperature": 2.0, "dropout": 0.1, "own_share": 0.9}
    plans = experiment_plans(experiment(network={"gate": gate}))
    assert [plan.gate_settings for plan in plans] == [GateSettings(2.0, 0.1, 0.9)] * 2
    assert [plan.gate_settings for plan in experiment_plans(experiment())] == [GateSettings()] * 2


def test_init_is_that_of_the_experts() -> None:
    for init, bounded in (("linear", True), ("unit-variance", False)):
        levels = _model(experiment(network={"init": init})).network.levels
        biases = [value for name, value in levels.named_parameters() if "experts.biases" in name]
        assert all(bool(bias.any()) == bounded for bias in biases)


def test_level_0_is_part_of_the_inputs() -> None:
    tables = {"tables": "both"}
    plain = _model(experiment(embedding=tables, network={"variant": "adatt"}))
    fused = _model(experiment(embedding={**tables, "fusion": True}, network={"variant": "adatt"}))
    more = 4 * 4 * (4 * 4 + 1)  # a gate of each of 4 units over 4, of 4 features with 4 numbers, and its biases
    before, after = count_parameters(plain), count_parameters(fused)
    assert after == {**before, "embedding": before["embedding"] + more, "total": before["total"] + more}
    assert (
        _model(experiment(embedding={**tables, "fusion": True}, network={"variant": "own-only"})).inputs.level_0 is None
    )


@pytest.mark.parametrize("tables", ["shared", "per-task"])
@pytest.mark.parametrize(("variant", "units"), [("adatt", 4), ("adatt-sp", 3), ("mmoe", 1)])
def test_feature_gates_have_the_units_of_the_first_level(variant: str, units: int, tables: str) -> None:
    tables = "shared" if variant == "mmoe" else tables
    plain, gated = (
        _model(experiment(embedding={"tables": tables}, network={"variant": variant, "feature_gate_dim": dim}))
        for dim in (None, 5)
    )
    assert not gated.load_state_dict(plain.state_dict(), strict=False).unexpected_keys
    width = plain.network.input_dim
    more = units * (width * 5 + 5 + 5 * width)
    before, after = count_parameters(plain), count_parameters(gated)
    assert after == {**before, "network": before["network"] + more, "total": before["total"] + more}
    assert after["total"] == sum(parameter.numel() for parameter in gated.parameters())
    whole = experiment()
    table = log_table(20)
    batch = row_encoder(FeatureEncoder.fit(log_table().lazy(), whole.features), whole.table_schema)(table)
    torch.testing.assert_close(gated.eval()(batch), plain.eval()(batch))
    assert gated.for_units == (units > 1)
    assert gated.network_input(batch).dim() == (3 if units > 1 else 2)


def test_tables_that_do_not_fit_into_memory_are_an_error_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **settings: object) -> torch.nn.Module:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 705200000000 bytes")

    monkeypatch.setattr(inputs, "InputLayer", full)
    with pytest.raises(ExperimentError, match=r"embedding\.dim 4"):
        _model(experiment())


def test_gates_read_the_domains_of_the_encoded_inputs() -> None:
    layout = FeatureEncoder.fit(log_table().lazy(), experiment().features).layout
    codes = {name: layout.tables[table].num_codes for name, table in zip(layout.id_names, layout.ids, strict=True)}
    chosen = experiment(network={"gate": {"features": ["item_id"]}})
    plans = model_plans(chosen, layout)
    assert {plan.gate_settings.scenario_dim for plan in plans} == {codes["item_id"]}
    assert model_plans(experiment(), layout) == experiment_plans(experiment())


def test_a_stopped_gradient_keeps_a_tasks_labels_out_of_the_others_experts() -> None:
    rules = [{"source": source, "target": "click"} for source in ("seconds", "reaction", "shared")]
    table, found = log_table(64), {}
    for name, policy in (("plain", {}), ("stopped", {"stop_gradient": rules})):
        whole = experiment(network={"variant": "adatt"}, sharing=policy)
        torch.manual_seed(0)
        model = _model(whole).eval()
        encoder = FeatureEncoder.fit(log_table().lazy(), whole.features)
        logits = model.logits(row_encoder(encoder, whole.table_schema)(table))
        logits[0].sum().backward()
        found[name] = model, logits
    torch.testing.assert_close(found["plain"][1], found["stopped"][1])
    for name, (model, _) in found.items():
        for level in model.network.levels:
            assert isinstance(level, FusionLevel)
            own, grad = level.plan.own_experts[0], level.experts.weights[0].grad
            assert grad is not None
            others = [expert for expert in range(level.plan.num_experts) if expert not in own]
            assert grad[list(own)].abs().sum() > 0
            assert bool((grad[others] == 0).all()) == (name == "stopped")


def test_a_gradient_is_stopped_only_where_there_is_an_edge() -> None:
    rule = {"source": "seconds", "target": "click"}
    with pytest.raises(ExperimentError, match="'click' takes nothing from 'seconds' at any level"):
        experiment_plans(experiment(network={"variant": "ple"}, sharing={"stop_gradient": [rule]}))
    with pytest.raises(ExperimentError, match=r"shared unit, but network.variant 'adatt-sp' has none"):
        experiment_plans(experiment(sharing={"stop_gradient": [{"source": "shared", "target": "click"}]}))
    with pytest.raises(ExperimentError, match="experts that belong to tasks, which mmoe"):
        experiment_plans(experiment(network={"variant": "mmoe"}, sharing={"stop_gradient": [rule]}))
    shared = {"source": "shared", "target": "click", "levels": [2]}
    with pytest.raises(ExperimentError, match="level 2, but cgc joins"):
        experiment_plans(experiment(network={"variant": "cgc"}, sharing={"stop_gradient": [shared]}))


def test_a_task_in_quarantine_is_read_by_itself_alone() -> None:
    for plan in experiment_plans(experiment(network={"variant": "adatt"}, sharing={"quarantine": ["seconds"]})):
        readers = {unit for unit, row in enumerate(plan.visible) for e in plan.own_experts[1] if row[e]}
        assert readers == {1}
        assert all(plan.visible[1])
