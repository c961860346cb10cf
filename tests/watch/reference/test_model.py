"""References survive the disk, and do not mix."""

from pathlib import Path

import pytest

from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.config.derive import derive
from taskfusion.watch.reference.model import KnownModel, KnownModels, without_weights
from taskfusion.watch.reference.record import WatchReference
from watch.worlds import SCHEMA, reference


def test_a_model_survives_the_disk(tmp_path: Path) -> None:
    model = reference(tmp_path / "a", count=2000)
    again = KnownModel.load(tmp_path / "a")
    assert again.reference == model.reference
    assert again.schema == model.schema
    models = KnownModels((str(tmp_path / "a"),))
    assert models.task("abc", "like") == model.task("like")
    assert models.task("other", "like") is None
    assert [task.name for task in models.tasks] == ["click", "like"]
    assert list(models.models) == ["abc"]


def test_a_reference_of_no_model_is_that_of_all_others(tmp_path: Path) -> None:
    model = reference(tmp_path / "a", count=2000)
    for_all = KnownModel(derive_bundle(model), model.schema, model.encoder)
    for_all.save(tmp_path / "b")
    models = KnownModels((str(tmp_path / "a"), str(tmp_path / "b")))
    assert models.of("new") is models.models[None]


def derive_bundle(model: KnownModel) -> WatchReference:
    """The same reference of no model."""
    return type(model.reference).model_validate({**model.reference.model_dump(), "bundle": None})


def test_what_does_not_belong_together_is_refused(tmp_path: Path) -> None:
    model = reference(tmp_path / "a", count=2000)
    reference(tmp_path / "b", count=2000)
    with pytest.raises(ExperimentError, match="different models"):
        KnownModels((str(tmp_path / "a"), str(tmp_path / "b")))
    content = {**model.reference.model_dump(), "bundle": "x", "window": 900}
    KnownModel(type(model.reference).model_validate(content), model.schema, model.encoder).save(tmp_path / "c")
    with pytest.raises(ExperimentError, match="rows of a window"):
        KnownModels((str(tmp_path / "a"), str(tmp_path / "c")))
    with pytest.raises(RunError, match="watch reference"):
        KnownModel.load(tmp_path)


def test_labels_of_logs_have_no_weights() -> None:
    weighted = derive(SCHEMA, tasks=(derive(SCHEMA.tasks[0], weight="w", truth="t"), SCHEMA.tasks[1]))
    assert without_weights(weighted) == SCHEMA
