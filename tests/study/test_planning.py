"""Models of methods with settings of their own: those of the experiment that has these settings."""

import sys
from typing import Any

import pytest

from support import TASKS, experiment, log_table
from taskfusion.assemble.capacity import trunk_parameters
from taskfusion.base.errors import ExperimentError
from taskfusion.data.prepared import EncodedData, encode_splits
from taskfusion.study.baseline import CATBOOST, LIGHTGBM, SINGLE_TASK
from taskfusion.study.method import methods
from taskfusion.study.planning import plan_model, plan_models, require_installed, require_known
from taskfusion.study.space import Settings

OWN = experiment(tasks=TASKS[:2], network={"level_dims": [[32], [24]]})
DISTILLED = experiment(tasks=TASKS[:2], distillation={"share": 0.5})
POLICY = {"forbid": [{"source": "click", "target": "seconds"}]}
WIDE: Settings = {"network.level_dims": [[64], [48]]}


@pytest.fixture(scope="module")
def data() -> EncodedData:
    parts = {part: log_table(200, seed).lazy() for seed, part in enumerate(("train", "validation"))}
    return encode_splits(parts, OWN.table_schema, memory_gib=1)


def sizes(variant: str, data: EncodedData, tuned: dict[str, Settings] | None = None) -> list[int]:
    models = plan_models(OWN, variant, data, tuned)
    return [trunk_parameters(model.experiment, data.encoder.layout) for model in models]


@pytest.mark.parametrize("variant", methods())
def test_without_settings_of_their_own_models_are_the_methods(variant: str, data: EncodedData) -> None:
    size = trunk_parameters(DISTILLED, data.encoder.layout)
    assert plan_models(DISTILLED, variant, data) == methods()[variant].models(DISTILLED, data, size)


@pytest.mark.parametrize("variant", ["adatt-sp", "ple", "mmoe"])
def test_tuned_widths_give_every_variant_the_size_that_they_give_the_experiment(
    variant: str, data: EncodedData
) -> None:
    wide = experiment(tasks=TASKS[:2], network={"level_dims": WIDE["network.level_dims"]})
    aimed = trunk_parameters(wide, data.encoder.layout)
    assert sizes(variant, data, {"": WIDE}) == [pytest.approx(aimed, rel=0.04)]
    assert aimed > 1.5 * sizes(variant, data)[0]


def test_the_experiment_itself_comes_out_with_its_settings(data: EncodedData) -> None:
    model = plan_model(OWN, "adatt-sp", data, "", {**WIDE, "training.epochs": 7})
    assert model.experiment.network.level_dims == ((64,), (48,))
    assert model.experiment.training.epochs == 7


def test_each_separate_model_has_its_own(data: EncodedData) -> None:
    tuned: dict[str, Settings] = {"click": {**WIDE, "training.epochs": 7}, "seconds": {"training.epochs": 9}}
    click, seconds = plan_models(OWN, SINGLE_TASK, data, tuned)
    assert [model.experiment.training.epochs for model in (click, seconds)] == [7, 9]
    small = sizes(SINGLE_TASK, data)
    assert sizes(SINGLE_TASK, data, tuned) == [pytest.approx(2.4 * small[0], rel=0.5), small[1]]
    trees = plan_models(OWN, LIGHTGBM, data, {t: {"lightgbm.num_leaves": n} for t, n in (("click", 4), ("seconds", 5))})
    assert [model.experiment.lightgbm.num_leaves for model in trees] == [4, 5]


@pytest.mark.parametrize(
    ("variant", "tuned", "words"),
    [
        (SINGLE_TASK, {"click": WIDE}, "no settings were tuned for its model of task 'seconds'"),
        ("mmoe", {"": {"sharing": POLICY}}, "variant 'mmoe' does not suit .*leave it out of --variants"),
        ("ple", {"": {"training.epoch": 1}}, r"with training.epoch = 1: .*did you mean 'epochs'"),
    ],
)
def test_settings_that_do_not_suit_are_named(
    variant: str, tuned: dict[str, Any], words: str, data: EncodedData
) -> None:
    with pytest.raises(ExperimentError, match=words):
        plan_models(OWN, variant, data, tuned)


def test_methods_are_known_and_named_once() -> None:
    require_known(list(methods()))
    with pytest.raises(ExperimentError, match="'adat' is not known; known are adatt, "):
        require_known(["adat"])
    with pytest.raises(ExperimentError, match="; did you mean 'lightgbm'"):
        require_known(["ligthgbm"])
    with pytest.raises(ExperimentError, match="'ple' is named twice"):
        require_known(["ple", "ple"])


def test_a_package_that_a_method_needs_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "catboost", None)
    require_installed(["ple", SINGLE_TASK, LIGHTGBM])
    with pytest.raises(ExperimentError, match=r"catboost, which is not installed.*taskfusion\[bench\]"):
        require_installed(["ple", CATBOOST])
