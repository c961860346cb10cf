"""From the experiment file to the training step."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from support import experiment, log_table
from taskfusion.build.network import build_model
from taskfusion.build.training import build_step, training_device
from taskfusion.data.batch import Batch
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.label import label_statistics
from taskfusion.errors import ExperimentError, TaskfusionError
from taskfusion.train.step import TrainingStep
from taskfusion.workflow.tables import row_encoder


def _step_and_batch(**training: Any) -> tuple[TrainingStep, Batch]:
    whole, table = experiment(training=training), log_table(60)
    encoder = FeatureEncoder.fit(table.lazy(), whole.features)
    model = build_model(whole, encoder.layout, label_statistics(table.lazy(), whole.table_schema))
    return build_step(whole, model), row_encoder(encoder, whole.table_schema)(table)


@pytest.mark.parametrize(("precision", "dtype"), [("float32", torch.float32), ("bf16", torch.bfloat16)])
def test_precision_is_that_of_the_fused_states(precision: str, dtype: torch.dtype) -> None:
    step, batch = _step_and_batch(precision=precision)
    seen: list[torch.dtype] = []
    network: nn.Module = step.model.network
    network.register_forward_hook(lambda module, inputs, output: seen.append(output.dtype))
    step(batch)
    assert seen == [dtype]


def test_compile_asks_for_a_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torch._inductor import config

    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(config.cpp, "cxx", ("missing-compiler",))
    step, batch = _step_and_batch(compile=True)
    with pytest.raises(TaskfusionError, match=r"training\.compile"):
        step(batch)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_cuda_where_there_is_none_is_refused() -> None:
    with pytest.raises(ExperimentError, match=r"training\.device is cuda, but .* use cpu"):
        training_device(experiment(training={"device": "cuda"}))
