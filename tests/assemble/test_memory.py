import pytest
import torch

from support import experiment, log_table
from taskfusion.assemble import memory
from taskfusion.assemble.memory import DENSE_COPIES, model_bytes, out_of_memory_named, require_memory, table_weights
from taskfusion.assemble.network import build_meta_model, count_parameters
from taskfusion.base.errors import ExperimentError
from taskfusion.config.experiment import Experiment
from taskfusion.data.learn import learn
from taskfusion.model.multitask import MultiTaskModel


def _model(whole: Experiment) -> MultiTaskModel:
    learnt = learn(log_table().lazy(), whole.table_schema, memory_bytes=2**30)
    return build_meta_model(whole, learnt.encoder.layout, learnt.statistics)


def test_the_need_is_that_of_weights_gradients_and_moments() -> None:
    whole = experiment()
    model = _model(whole)
    assert model_bytes(model, whole.embedding) == 4 * DENSE_COPIES * count_parameters(model)["total"]
    sparse = experiment(embedding={"update": "rowwise-adagrad"})
    rows = sum(table.shape[0] for table, _ in model.inputs.table_parameters())
    dense = count_parameters(model)["total"] - table_weights(model)
    assert model_bytes(_model(sparse), sparse.embedding) == 4 * (DENSE_COPIES * dense + table_weights(model) + rows)


@pytest.mark.parametrize("row_bytes", [0, 2**20])
def test_what_does_not_fit_is_told_with_the_numbers(row_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = experiment()
    model = _model(whole)
    needed = model_bytes(model, whole.embedding) + row_bytes
    monkeypatch.setattr(memory, "free_memory", lambda: needed)
    require_memory(model, whole.embedding, "cpu", row_bytes)
    monkeypatch.setattr(memory, "free_memory", lambda: needed - 1)
    total = count_parameters(model)["total"]
    with pytest.raises(ExperimentError, match=rf"needs about .* of {total:,} parameters.*are free; lower training"):
        require_memory(model, whole.embedding, "cpu", row_bytes)
    monkeypatch.setattr(memory, "free_memory", lambda: None)
    require_memory(model, whole.embedding, "cpu", row_bytes)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("can't allocate memory: you tried"),
    ],
)
def test_memory_that_ran_out_names_the_need(error: Exception) -> None:
    whole = experiment()
    with (
        pytest.raises(ExperimentError, match="training ran out of memory; it needs"),
        out_of_memory_named(_model(whole), whole.embedding),
    ):
        raise error


def test_what_torch_says_of_memory_is_known() -> None:
    whole = experiment()
    with pytest.raises(ExperimentError, match="ran out of memory"), out_of_memory_named(_model(whole), whole.embedding):
        torch.empty(2**60)


def test_other_errors_stay() -> None:
    whole = experiment()
    with pytest.raises(RuntimeError, match="of ours"), out_of_memory_named(_model(whole), whole.embedding):
        raise RuntimeError("a defect of ours")
