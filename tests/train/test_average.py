"""The moving average of the weights against the sum that it stands for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from support import experiment, label_statistics, log_table
from taskfusion.assemble.network import build_model
from taskfusion.base.errors import RunError
from taskfusion.data.encode import FeatureEncoder
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.train.average import WeightAverage


def tiny_model(network: Mapping[str, Any] | None = None) -> MultiTaskModel:
    whole, table = experiment(network=dict(network or {})), log_table(60).lazy()
    encoder = FeatureEncoder.fit(table, whole.features)
    return build_model(whole, encoder.layout, label_statistics(table, whole.table_schema))


def test_it_is_the_weighted_sum_of_all_weights_so_far() -> None:
    model = tiny_model().double()
    average, decay, steps = WeightAverage(model, 0.6), 0.6, 25
    seen = [[parameter.detach().clone() for parameter in model.parameters()]]
    for step in range(1, steps + 1):
        for parameter in model.parameters():
            parameter.data.normal_()
        average.update(step)
        seen.append([parameter.detach().clone() for parameter in model.parameters()])
    kept = [min(decay, step / (step + 9)) for step in range(1, steps + 1)]
    share = [torch.tensor(kept[n:]).double().prod() * (1 - kept[n - 1] if n else 1.0) for n in range(steps + 1)]
    assert sum(share) == pytest.approx(1.0)
    for place, mean in enumerate(average.model.parameters()):
        torch.testing.assert_close(mean.data, sum(s * weights[place] for s, weights in zip(share, seen, strict=True)))


def test_without_decay_it_is_the_last_weights() -> None:
    model = tiny_model()
    average = WeightAverage(model, 0.0)
    for parameter in model.parameters():
        parameter.data.normal_()
    average.update(1)
    for mean, last in zip(average.model.parameters(), model.parameters(), strict=True):
        assert torch.equal(mean, last)


def test_running_statistics_are_those_of_the_trained_model() -> None:
    model = tiny_model({"expert_output": "normalised-swish"})
    average = WeightAverage(model, 0.9)
    named = [(name, buffer) for name, buffer in model.named_buffers() if "experts.output" in name]
    assert len(named) == 2 * 2
    for _, buffer in named:
        buffer.uniform_(1.0, 2.0)
    average.update(1)
    for name, buffer in named:
        assert torch.equal(average.model.get_buffer(name), buffer)


def test_what_it_gives_to_a_resume_point_brings_it_back() -> None:
    first, second = WeightAverage(tiny_model(), 0.9), WeightAverage(tiny_model(), 0.9)
    for parameter in first.model.parameters():
        parameter.data.normal_()
    second.load({**first.tensors(), "model.other": torch.zeros(1)}, Path("x"))
    for mine, theirs in zip(first.model.parameters(), second.model.parameters(), strict=True):
        assert torch.equal(mine, theirs)
    with pytest.raises(RunError, match="are not those of this experiment"):
        second.load({}, Path("checkpoint.safetensors"))
