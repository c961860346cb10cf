"""The fusion network and what it may share, as the experiment file says it."""

import pytest

from support import BASE, refusal


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("network.variant=adat", ["network.variant", "'adatt'", "found 'adat'; did you mean 'adatt'?"]),
        ("network.variant=adatt_sp", ["found 'adatt_sp'; did you mean 'adatt-sp'?"]),
        ("network.level_dims=[128, 64]", ["network.level_dims", "like [[128], [64]]"]),
        ("network.level_dims=[[]]", ["level_dims", "at least one layer width"]),
        ("sharing={allow: [{source: click, target: seconds}]}", ["default is 'allow'", "forbid"]),
        ("network.task_groups=[{name: both, tasks: [click, clik]}]", ["'clik' in 'both'", "click"]),
        ("network.task_groups=[{name: one, tasks: [click]}]", ["task_groups", "at least 2"]),
        ("network.task_groups=[{name: one, tasks: [click, seconds, click]}]", ["'one'", "twice"]),
        ("network.task_groups=[{name: click, tasks: [click, seconds]}]", ["'click'", "another unit"]),
        ("network.task_groups=[{name: shared, tasks: [click, seconds]}]", ["'shared'", "another unit"]),
        ("network={variant: mmoe, task_groups: [{name: both, tasks: [click, seconds]}]}", ["adatt-sp", "mmoe"]),
        ("sharing={forbid: [{source: click, target: click}]}", ["own experts", "'click'"]),
        ("sharing={stop_gradient: [{source: click, target: click}]}", ["own experts", "'click'"]),
        ("sharing={stop_gradient: [{source: grp, target: click}]}", ["unit 'grp'", "the units are click, ", "shared"]),
        ("sharing={stop_gradient: [{source: click, target: seconds, levels: [9]}]}", ["level 9", "2 levels"]),
        ("sharing.quarantine=[clik]", ["task 'clik'", "did you mean 'click'"]),
        ("sharing.quarantine=[shared]", ["task 'shared'", "the tasks are"]),
        ("sharing.quarantine=[click, click]", ["quarantine", "twice"]),
        ("network.gate.temperature=0", ["network.gate.temperature", "at least 0.001"]),
        ("network.gate.own_share=1", ["network.gate.own_share", "below 1"]),
        ("network.gate.features=[age]", ["network.gate.features", "'age'", "user_id, item_id"]),
        ("network.gate.features=[user_id, user_id]", ["network.gate.features", "twice"]),
        ("network.tower_dims=[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", ["network.tower_dims", "at most 16"]),
    ],
)
def test_what_does_not_fit_is_named(override: str, words: list[str]) -> None:
    message = refusal(BASE, override)
    assert all(word in message for word in words), message
    assert "\n" not in message
