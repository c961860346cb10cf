"""A setting is warned of where training comes out the same without it, and nowhere else."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from support import TASKS, experiment, log_table
from taskfusion.config.experiment import Experiment, parse_experiment
from taskfusion.config.override import with_settings
from taskfusion.inspect.check.profile import profile_experiment
from taskfusion.inspect.check.unread import SETTINGS, unread_setting
from taskfusion.pipeline.progress import Silent
from taskfusion.pipeline.train import train_run
from taskfusion.variants.family.base import SETTINGS as SETTINGS_OF_NETWORKS
from taskfusion.variants.table import variant_of

SPLITS = {
    name: log_table(rows, seed).lazy() for seed, (name, rows) in enumerate({"train": 150, "validation": 60}.items())
}
GROUPS = [{"name": "both", "tasks": ["click", "seconds"]}]
CHANGED: dict[str, Any] = {
    "network.shared_experts": 2,
    "network.group_experts": 2,
    "network.num_experts": 5,
    "network.task_experts": 3,
    "network.gate.temperature": 2.0,
    "network.gate.dropout": 0.4,
    "network.gate.balance_weight": 0.5,
    "network.gate.features": ["user_id"],
    "network.gate.own_share": 0.8,
    "numeric.dim": 3,
    "numeric.bins": 4,
    "numeric.frequencies": 3,
    "numeric.frequency_std": 1.0,
    "distillation.folds": 3,
    "distillation.repeats": 2,
}
PLACES: dict[str, dict[str, Any]] = {
    "the defaults": {},
    **{
        name: {"network.variant": name}
        for name in ("adatt", "ple", "stem", "mtan", "mmoe", "cross-stitch", "shared-bottom", "own-only")
    },
    "groups": {"network.task_groups": GROUPS},
    "piecewise-linear": {"numeric.encoding": "piecewise-linear"},
    "periodic": {"numeric.encoding": "periodic"},
    "teachers": {"distillation.share": 0.5},
}


def _experiment(settings: dict[str, Any]) -> Experiment:
    plain = experiment(tasks=TASKS[:2], training={"epochs": 1}, lightgbm={"num_rounds": 3})
    return parse_experiment(with_settings(plain.model_dump(mode="json"), settings))


def _weights(whole: Experiment, out: Path) -> dict[str, torch.Tensor]:
    return load_file(train_run(whole, SPLITS, out, resume=False, progress=Silent()).path / "model.safetensors")


def _alike(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def _not_read_by(variant: str) -> set[str]:
    """By the variant's row; where num_experts is null, task_experts are read in its place."""
    reads = variant_of(variant).family.reads
    read = {*reads, "task_experts"} if "num_experts" in reads else reads
    return {f"network.{setting}" for setting in SETTINGS_OF_NETWORKS if setting not in read} & CHANGED.keys()


def test_every_setting_is_tried() -> None:
    assert list(CHANGED) == list(SETTINGS)


@pytest.mark.parametrize("place", PLACES)
def test_what_is_warned_of_changes_nothing_and_all_else_does(place: str, tmp_path: Path) -> None:
    plain = _experiment(PLACES[place])
    before = _weights(plain, tmp_path / "before")
    sections = {name.partition(".")[0] for name in PLACES[place] or CHANGED}
    same, warned = set(), set()
    for name, value in CHANGED.items():
        if name.partition(".")[0] not in sections:
            continue
        whole = _experiment({**PLACES[place], name: value})
        if _alike(_weights(whole, tmp_path / name), before):
            same.add(name)
        found = {subject for subject, _ in unread_setting(profile_experiment(whole, SPLITS))}
        if f"setting '{name}'" in found:
            warned.add(name)
    assert warned == same
    if "network" in sections:
        assert _not_read_by(plain.network.variant) <= warned


def test_defaults_are_not_warned_of() -> None:
    assert list(unread_setting(profile_experiment(experiment(), SPLITS))) == []


def test_the_reason_names_the_variant() -> None:
    whole = _experiment({"network.variant": "mtan", "network.gate.dropout": 0.3})
    assert list(unread_setting(profile_experiment(whole, SPLITS))) == [
        (
            "setting 'network.gate.dropout'",
            "it changes nothing here: no gate of mtan chooses among experts by softmax",
        )
    ]
