"""Every library leaves a run that is predicted with again, and says how it saw ids."""

from pathlib import Path

import pytest

from support import TASKS, experiment, log_table
from taskfusion.data.prepared import EncodedData, encode_splits
from taskfusion.pipeline.evaluate import prediction_records
from taskfusion.pipeline.progress import Silent
from taskfusion.pipeline.tree_growth import task_rows
from taskfusion.pipeline.tree_library import CATBOOST_TREES, LIGHTGBM_TREES, TreeLibrary
from taskfusion.pipeline.trees import train_trees, tree_predictions
from taskfusion.run.record.metrics import TreeTraining
from taskfusion.trees.encoding import ENCODINGS

pytest.importorskip("catboost")

of_every_library = pytest.mark.parametrize("library", [LIGHTGBM_TREES, CATBOOST_TREES], ids=lambda one: one.name)
OWN = experiment(tasks=TASKS[:1], lightgbm={"num_rounds": 20, "min_child_samples": 5})


def encoded() -> EncodedData:
    splits = {name: log_table(400, seed).lazy() for seed, name in enumerate(("train", "validation", "test"))}
    return encode_splits(splits, OWN.table_schema, memory_gib=1)


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskfusion.trees.catboost.SETTINGS", {"iterations": 30})


@of_every_library
def test_a_run_is_predicted_with_again(library: TreeLibrary, tmp_path: Path) -> None:
    data = encoded()
    directory = train_trees(OWN, data, tmp_path / "run", title="trees", progress=Silent(), library=library)
    metrics = directory.read_metrics()
    assert metrics.variant == library.name
    assert isinstance(metrics.training, TreeTraining)
    assert (metrics.splits["test"][0].metrics["relative_loss"] or 9) < 0.95
    found = prediction_records(tree_predictions(directory, data, "test", library), OWN.tasks, None)
    assert found == list(metrics.splits["test"])
    assert [one.name for one in tmp_path.glob("run/trees.*")] == [library.path(directory).name]


@of_every_library
def test_the_rows_that_chose_the_rounds_are_handed_on(library: TreeLibrary) -> None:
    data, heard = encoded(), list[str]()
    (task,) = OWN.tasks
    library.require()
    grown = library.grow(task, task_rows(data, task), OWN.lightgbm, OWN.training, heard.append)
    (batch,) = data.splits["validation"].batches(400)
    assert len(grown.validation.label_K) == int((batch.weight_BT > 0).sum())
    assert set(grown.id_losses) == (set(ENCODINGS) if grown.ids else set())
    assert len(heard) == len(grown.id_losses) // len(ENCODINGS)
    assert grown.forest.logits(grown.validation.matrix_KM).shape == (len(grown.validation.label_K), 1)
