"""Numbers of the published modules, float64, to 1e-10."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from taskfusion.errors import ExperimentError
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


def test_an_unknown_model_is_named() -> None:
    case = {**CASES[0], "mtl_configs": {**CASES[0]["mtl_configs"], "mtl_model": "adatt3"}}
    with pytest.raises(ExperimentError, match="adatt3"):
        _load(case, _arrays(CASES[0]["name"], "state/"))
