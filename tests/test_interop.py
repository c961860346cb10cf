"""Numbers of the published modules, float64, to 1e-10."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from taskfusion.base.errors import ExperimentError
from taskfusion.interop import load_facebook_adatt, published_parameters

GOLDEN = Path(__file__).parent / "golden"
CASES: list[dict[str, Any]] = json.loads((GOLDEN / "cases.json").read_text())


def _arrays(name: str, prefix: str) -> dict[str, torch.Tensor]:
    with np.load(GOLDEN / f"{name}.npz") as file:
        return {key.removeprefix(prefix): torch.from_numpy(file[key]) for key in file.files if key.startswith(prefix)}


def _load(case: dict[str, Any], state: dict[str, torch.Tensor]) -> Any:
    return load_facebook_adatt(
        state, mtl_configs=case["mtl_configs"], arch_inputs=case["arch_inputs"], input_dim=case["input_dim"]
    )


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_logits_and_gradients_equal_the_published_ones(case: dict[str, Any]) -> None:
    found = _arrays(case["name"], "")
    model = _load(case, _arrays(case["name"], "state/"))
    x = found["input"].clone().requires_grad_()
    logits = model(x)
    torch.testing.assert_close(logits, found["logits"], rtol=0, atol=1e-10)

    loss = sum(
        functional.binary_cross_entropy_with_logits(logits[:, task], found["labels"][:, task])
        for task in range(logits.shape[1])
    )
    assert isinstance(loss, torch.Tensor)
    torch.testing.assert_close(loss, found["loss"], rtol=0, atol=1e-10)
    loss.backward()
    assert x.grad is not None
    torch.testing.assert_close(x.grad, found["grad_input"], rtol=0, atol=1e-10)
    expected = published_parameters(_arrays(case["name"], "grad/"), model)
    parameters = dict(model.named_parameters())
    assert set(expected) == set(parameters)
    for name, parameter in parameters.items():
        assert parameter.grad is not None, name
        torch.testing.assert_close(parameter.grad, expected[name], rtol=0, atol=1e-10, msg=name)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_published_parameter_is_ours(case: dict[str, Any]) -> None:
    model = _load(case, _arrays(case["name"], "state/"))
    assert sum(p.numel() for p in model.parameters()) == case["params"]


def test_a_missing_weight_is_named() -> None:
    state = _arrays("ple", "state/")
    del state["mtl_arch.gate_weights.1.2.0.bias"]
    with pytest.raises(ExperimentError, match=r"mtl_arch\.gate_weights\.1\.2\.0\.bias"):
        _load(next(case for case in CASES if case["name"] == "ple"), state)


def test_a_weight_of_another_shape_is_named() -> None:
    case = next(case for case in CASES if case["name"] == "cross_stitch")
    with pytest.raises(ExperimentError, match="shape"):
        _load({**case, "input_dim": 13}, _arrays("cross_stitch", "state/"))


@pytest.mark.parametrize(
    ("name", "shape"),
    [("mtl_arch.experts.0.1.mlp_net.0.weight", (8, 13)), ("mtl_arch.gate_weights.1.2.0.weight", (3, 5))],
)
def test_one_weight_of_another_shape_than_the_rest_is_named(name: str, shape: tuple[int, ...]) -> None:
    state = _arrays(CASES[0]["name"], "state/") | {name: torch.zeros(shape)}
    with pytest.raises(ExperimentError, match=f"'{name}' should have the shape of"):
        _load(CASES[0], state)


def test_an_unknown_model_is_named() -> None:
    case = {**CASES[0], "mtl_configs": {**CASES[0]["mtl_configs"], "mtl_model": "adatt3"}}
    with pytest.raises(ExperimentError, match="adatt3"):
        _load(case, _arrays(CASES[0]["name"], "state/"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_weight_left_over_is_named(case: dict[str, Any]) -> None:
    state = _arrays(case["name"], "state/") | {"junk.weight": torch.zeros(1)}
    with pytest.raises(ExperimentError, match=r"'junk\.weight'"):
        _load(case, state)


@pytest.mark.parametrize("name", ["shared_bottom", "mmoe", "ml_mmoe", "adatt_sp_2experts", "ple", "cross_stitch"])
def test_the_weights_of_more_tasks_than_configured_are_refused(name: str) -> None:
    case = next(case for case in CASES if case["name"] == name)
    with pytest.raises(ExperimentError, match=r"more, first '(mtl_arch|task_modules)\."):
        _load({**case, "arch_inputs": {**case["arch_inputs"], "num_task": 1}}, _arrays(name, "state/"))


def test_a_level_left_over_is_named() -> None:
    case = next(case for case in CASES if case["name"] == "ml_mmoe")
    with pytest.raises(ExperimentError, match=r"mtl_arch\.experts\.1\.0"):
        _load(
            {**case, "mtl_configs": {**case["mtl_configs"], "expert_out_dims": [[8]]}},
            {
                name: value
                for name, value in _arrays("ml_mmoe", "state/").items()
                if not name.startswith(("mtl_arch.gates.0.3", "mtl_arch.gates.1"))
            },
        )


def test_a_native_vector_without_rows_may_stay() -> None:
    case = next(case for case in CASES if case["name"] == "shared_bottom")
    _load(case, _arrays("shared_bottom", "state/") | {"mtl_arch.self_exp_weights.3": torch.zeros(0, 1)})


@pytest.mark.parametrize(
    ("group", "key"),
    [
        ("mtl_configs", "mtl_model"),
        ("mtl_configs", "expert_out_dims"),
        ("arch_inputs", "num_task"),
        ("arch_inputs", "task_mlp"),
    ],
)
def test_a_missing_setting_is_named(group: str, key: str) -> None:
    settings = {name: value for name, value in CASES[0][group].items() if name != key}
    with pytest.raises(ExperimentError, match=f"{group} should hold '{key}'"):
        _load({**CASES[0], group: settings}, _arrays(CASES[0]["name"], "state/"))
