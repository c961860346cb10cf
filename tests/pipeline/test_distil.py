"""What networks are taught: known labels alone change, whatever the seed, and only where teachers are asked for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from support import TASKS, experiment, log_table
from taskfusion.base.errors import ExperimentError, RunError, TaskfusionError
from taskfusion.config.experiment import Experiment
from taskfusion.data.dataset import MemoryDataset
from taskfusion.data.prepared import EncodedData, encode_splits
from taskfusion.inspect.check.experiment import check_experiment
from taskfusion.pipeline.distil import require_teachers, with_distilled_labels
from taskfusion.pipeline.progress import Silent
from taskfusion.pipeline.train import train_run
from taskfusion.run.cache import FOLDER, begin_own_cache
from taskfusion.run.directory import RunDirectory
from taskfusion.study.compare.comparison import compare_variants
from taskfusion.study.tune.search import tune_methods

SPLITS = {name: log_table(300, seed).lazy() for seed, name in enumerate(("train", "validation", "test"))}
CLICK, SECONDS, REACTION = 0, 1, 2


class Heard(Silent):
    """Keeps how many teachers are done."""

    def __init__(self) -> None:
        self.done: list[int] = []

    def on_done(self, what: str, done: int, total: int, seconds_left: float) -> None:
        if what == "teachers":
            self.done.append(done)


def distilled(share: float = 0.6, **parts: Any) -> Experiment:
    return experiment(
        distillation={"share": share, "folds": 3}, lightgbm={"num_rounds": 20, "min_child_samples": 5}, **parts
    )


def encoded(chosen: Experiment, memory_gib: float = 1) -> EncodedData:
    return encode_splits(SPLITS, chosen.table_schema, memory_gib=memory_gib)


def labels(data: EncodedData) -> torch.Tensor:
    rows = data.distilled or data.splits["train"]
    assert isinstance(rows, MemoryDataset)
    return rows.batch.label_BT


def test_known_labels_move_towards_the_teacher_by_the_share(tmp_path: Path) -> None:
    data = encoded(distilled())
    some, all_of_it = (
        labels(with_distilled_labels(distilled(share), data, tmp_path, Silent())) for share in (0.6, 1.0)
    )
    own = labels(data)
    torch.testing.assert_close(some[:, CLICK], 0.4 * own[:, CLICK] + 0.6 * all_of_it[:, CLICK])
    logs = 0.4 * own[:, SECONDS].log1p() + 0.6 * all_of_it[:, SECONDS].log1p()
    torch.testing.assert_close(some[:, SECONDS].log1p(), logs)
    known_B = data.splits["train"].batch.weight_BT[:, CLICK] > 0  # type: ignore[attr-defined]
    assert 0 < known_B.sum() < len(known_B)
    assert (own[known_B, CLICK] != some[known_B, CLICK]).all()
    assert ((some[known_B, CLICK] > 0.5) == (own[known_B, CLICK] > 0.5)).float().mean() > 0.6
    assert torch.equal(own[~known_B, CLICK], some[~known_B, CLICK])
    assert torch.equal(own[:, REACTION], some[:, REACTION])


def test_the_table_keeps_its_labels_and_parts_of_the_tasks_their_lessons(tmp_path: Path) -> None:
    data = encoded(distilled())
    found = with_distilled_labels(distilled(), data, tmp_path, Silent())
    assert found.splits is data.splits
    learnt = found.only([SECONDS, CLICK]).distilled
    assert learnt is not None
    (batch,) = learnt.batches(300)
    assert torch.equal(batch.label_BT, labels(found)[:, [SECONDS, CLICK]])


def test_an_experiment_of_some_tasks_has_lessons_for_these_alone(tmp_path: Path) -> None:
    data = encoded(distilled())
    alone = distilled(tasks=[TASKS[SECONDS]])
    found = labels(with_distilled_labels(alone, data, tmp_path, Silent(), [SECONDS]))
    assert torch.equal(
        found[:, SECONDS], labels(with_distilled_labels(distilled(), data, tmp_path, Silent()))[:, SECONDS]
    )
    assert torch.equal(found[:, [CLICK, REACTION]], labels(data)[:, [CLICK, REACTION]])


def test_every_seed_has_the_same_teachers(tmp_path: Path) -> None:
    data = encoded(distilled())
    first, second = (
        labels(with_distilled_labels(distilled(training={"seed": seed}), data, tmp_path / str(seed), Silent()))
        for seed in (0, 1)
    )
    assert torch.equal(first, second)


def test_rows_without_a_label_are_taught_by_teachers_alone_where_that_is_asked_for(tmp_path: Path) -> None:
    data, own = encoded(distilled()), distilled()
    asked = experiment(
        distillation={"share": 0.6, "folds": 3, "unlabelled": 0.25},
        lightgbm={"num_rounds": 20, "min_child_samples": 5},
    )
    found = []
    for chosen in (own, asked):
        rows = with_distilled_labels(chosen, data, tmp_path, Silent()).distilled
        assert isinstance(rows, MemoryDataset)
        found.append(rows.batch)
    known_B = found[0].weight_BT[:, CLICK] > 0
    assert 0 < int((~known_B).sum()) < len(known_B)
    assert torch.equal(found[0].label_BT[known_B], found[1].label_BT[known_B])
    assert torch.equal(found[0].weight_BT[known_B], found[1].weight_BT[known_B])
    assert (found[1].weight_BT[~known_B, CLICK] == 0.25).all()
    told_K = found[1].label_BT[~known_B, CLICK]
    assert ((told_K > 0) & (told_K < 1)).all()
    assert told_K.std() > 0.05
    assert torch.equal(found[0].weight_BT[:, REACTION], found[1].weight_BT[:, REACTION])


def test_without_a_share_nothing_is_taught(tmp_path: Path) -> None:
    data = encoded(experiment())
    assert with_distilled_labels(experiment(), data, tmp_path, Silent()) is data
    assert list(tmp_path.iterdir()) == []
    require_teachers(experiment().distillation, experiment().tasks)


def test_rows_that_stream_cannot_be_taught(tmp_path: Path) -> None:
    chosen = distilled(training={"memory_gib": 0})
    with pytest.raises(ExperimentError, match=r"larger than training\.memory_gib = 0; raise it"):
        with_distilled_labels(chosen, encoded(chosen, memory_gib=0), tmp_path, Silent())


def _train(chosen: Experiment, out: Path) -> object:
    return train_run(chosen, SPLITS, out, resume=False, progress=Silent())


def _compare(chosen: Experiment, out: Path) -> object:
    return compare_variants(chosen, SPLITS, ["lightgbm", "adatt-sp"], 1, out, progress=Silent())


def _tune(chosen: Experiment, out: Path) -> object:
    return tune_methods(chosen, SPLITS, ["lightgbm", "adatt-sp"], 1, out, progress=Silent())


def _check(chosen: Experiment, out: Path) -> object:
    return check_experiment(chosen, SPLITS)


@pytest.mark.parametrize("command", [_train, _compare, _tune, _check])
@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"tasks": [TASKS[REACTION]]}, "binary or a regression task"),
        ({"training": {"memory_gib": 0}}, "the training rows in memory"),
    ],
)
def test_what_cannot_be_taught_is_refused_before_anything_is_trained(
    tmp_path: Path, command: Callable[[Experiment, Path], object], settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(ExperimentError, match=words):
        command(distilled(**settings), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_who_has_no_teacher_needs_no_rows_in_memory(tmp_path: Path) -> None:
    chosen, variants = distilled(training={"memory_gib": 0}), ["lightgbm", "single-task-undistilled"]
    compare_variants(chosen, SPLITS, variants, 1, tmp_path / "c", progress=Silent())
    tune_methods(chosen, SPLITS, ["lightgbm"], 1, tmp_path / "t", progress=Silent())


@pytest.mark.parametrize("place", ["symlink", "something else"])
def test_teachers_stay_where_no_run_can_be_begun_beside_them(
    tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_own_cache(tmp_path / "kept")
    kept = tmp_path / "kept" / FOLDER / "trees-click-0123456789abcdef.safetensors"
    kept.write_bytes(b"much work")
    out = tmp_path / "kept"
    if place == "symlink":
        out = tmp_path / "link"
        out.symlink_to(tmp_path / "kept")
    else:  # it comes after the run directory looked
        (tmp_path / "kept" / "notes.txt").touch()
        monkeypatch.setattr(RunDirectory, "is_absent", True)
    with pytest.raises(TaskfusionError):
        RunDirectory(out).create(distilled(), encoded(distilled()))
    assert kept.read_bytes() == b"much work"


@pytest.mark.parametrize("resume", [False, True])
def test_teachers_outlive_a_run_that_failed(tmp_path: Path, resume: bool) -> None:
    out = tmp_path / "run"
    with pytest.raises(TaskfusionError, match=r"loss.*learning_rate"):
        _train(distilled(training={"learning_rate": 1000}), out)
    assert [path.name for path in out.iterdir()] == [FOLDER]
    heard = Heard()
    train_run(distilled(), SPLITS, out, resume=resume, progress=heard)
    assert heard.done == []
    assert RunDirectory(out).is_finished
    assert not (out / FOLDER).exists()
    with pytest.raises(RunError, match="exists already"):
        _train(distilled(), out)


def test_commands_share_the_teachers_of_a_folder_that_is_named(tmp_path: Path) -> None:
    """A search does not read test rows, and has the same teachers."""
    folder, heard = tmp_path / "kept", Heard()
    tune_methods(distilled(), SPLITS, ["adatt-sp"], 1, tmp_path / "t", teachers=folder, progress=heard)
    assert len(heard.done) == 6
    compare_variants(distilled(), SPLITS, ["adatt-sp"], 1, tmp_path / "c", teachers=folder, progress=heard)
    train_run(distilled(), SPLITS, tmp_path / "r", resume=False, teachers=folder, progress=heard)
    assert len(heard.done) == 6
    assert len(list(folder.iterdir())) == 2
    assert not any((tmp_path / out / FOLDER).exists() for out in "tcr")
    _train(distilled(), tmp_path / "alone")
    found = [RunDirectory(tmp_path / out).model.read_bytes() for out in ("r", "alone", "c/adatt-sp/seed-0")]
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("command", [train_run, compare_variants, tune_methods])
@pytest.mark.parametrize(
    ("share", "folder", "words"),
    [
        (0.6, "notes.txt", "should be a directory for predictions of teachers"),
        (0.6, "notes.txt/t", "should be a directory for predictions of teachers"),
        (0.6, "o", "is part of"),
        (0.6, "x/../o/teachers", "is part of"),
        (0.0, "kept", "no predictions of teachers to cache"),
    ],
)
def test_a_folder_for_teachers_that_cannot_be_used_is_named_first(
    tmp_path: Path, command: Callable[..., object], share: float, folder: str, words: str
) -> None:
    (tmp_path / "notes.txt").touch()
    rest: dict[str, Any] = {"resume": False} if command is train_run else {"variants": ["adatt-sp"]}
    rest |= {"compare_variants": {"num_seeds": 1}, "tune_methods": {"num_trials": 1}}.get(command.__name__, {})
    with pytest.raises(TaskfusionError, match=words):
        command(distilled(share), SPLITS, out=tmp_path / "o", teachers=tmp_path / folder, progress=Silent(), **rest)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_comparison_teaches_networks_and_no_trees(tmp_path: Path) -> None:
    """A network of a comparison is the network that train makes, and LightGBM learns the labels of the table."""
    variants = ["adatt-sp", "single-task-undistilled", "lightgbm"]
    compare_variants(distilled(), SPLITS, variants, 1, tmp_path / "taught", progress=Silent())
    variants = ["adatt-sp", "single-task", "lightgbm"]
    compare_variants(distilled(0.0), SPLITS, variants, 1, tmp_path / "plain", progress=Silent())
    train_run(distilled(), SPLITS, tmp_path / "run", resume=False, progress=Silent())

    def metrics(*path: str) -> Any:
        return RunDirectory(tmp_path.joinpath(*path)).read_metrics().splits

    trees = ("lightgbm", "seed-0", "click")
    assert metrics("taught", *trees) == metrics("plain", *trees)
    alone = ("seed-0", "click")
    assert metrics("taught", "single-task-undistilled", *alone) == metrics("plain", "single-task", *alone)
    network = ("adatt-sp", "seed-0")
    assert metrics("taught", *network) == metrics("run") != metrics("plain", *network)
    assert (tmp_path / "taught" / FOLDER).is_dir()
    assert not (tmp_path / "run" / FOLDER).exists()


def test_untaught_networks_need_teachers_to_do_without(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"distillation\.share is 0, so it would be single-task again"):
        compare_variants(experiment(), SPLITS, ["single-task-undistilled"], 1, tmp_path / "c", progress=Silent())
