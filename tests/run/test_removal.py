"""Files of a run go when it is abandoned or finished, and nobody else's do."""

from pathlib import Path

import pytest

from support import experiment, log_table
from taskfusion.base.errors import RunError
from taskfusion.data.prepared import encode_splits
from taskfusion.run.cache import FOLDER, begin_own_cache
from taskfusion.run.directory import RunDirectory
from taskfusion.run.removal import abandon, remove_leftovers_of, remove_scaffold

SPLITS = {name: log_table(200, seed).lazy() for seed, name in enumerate(("train", "validation"))}
DATA = encode_splits(SPLITS, experiment().table_schema, memory_gib=1)
TEACHER = "trees-click-0123456789abcdef.safetensors"


def test_abandoning_a_run_leaves_nothing_of_ours(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    run.create(experiment(), DATA)
    for path in (
        run.model,
        run.trees,
        run.predictions,
        run.checkpoint,
        run.log,
        run.metrics,
        run.calibration,
        run.manifest,
    ):
        path.touch()
    for path in (run.fusion, run.report, run.path / ".taskfusion-12345678-log.jsonl"):
        path.touch()
    run.ensemble.folder.mkdir()
    for path in (run.ensemble.record, run.ensemble.trees(0, "ordered"), run.ensemble.columns(12, "ordered")):
        path.touch()
    begin_own_cache(run.path)
    abandon(run)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["notes.txt", "encoder/notes.txt", "plots/a.png", f"{FOLDER}/notes.txt"])
def test_what_others_wrote_is_never_removed_and_said_where_it_blocks(tmp_path: Path, place: str) -> None:
    run = RunDirectory(tmp_path / "run")
    run.create(experiment(), DATA)
    begin_own_cache(run.path)
    (run.path / FOLDER / TEACHER).touch()
    (run.path / place).parent.mkdir(exist_ok=True)
    (run.path / place).write_text("a user's")
    remove_scaffold(run)
    abandon(run)
    assert [path for path in run.path.rglob("*") if not path.is_dir()] == [run.path / place]
    assert not run.is_absent
    with pytest.raises(RunError, match="exists already"):
        run.require_absent()


def test_a_store_of_teachers_is_no_run_that_failed(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    (run.path / FOLDER).mkdir(parents=True)
    (run.path / FOLDER / TEACHER).write_bytes(b"much work")
    assert not run.is_absent
    begin_own_cache(run.path)  # it belongs to somebody already
    remove_scaffold(run)
    assert [path.name for path in (run.path / FOLDER).iterdir()] == [TEACHER]
    with pytest.raises(RunError, match="such as 'teachers'"):
        run.require_absent()


def test_teachers_of_a_run_that_failed_go_into_the_next(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    begin_own_cache(run.path)
    (run.path / FOLDER / TEACHER).write_bytes(b"much work")
    assert run.is_absent
    run.create(experiment(), DATA)
    assert (run.path / FOLDER / TEACHER).read_bytes() == b"much work"
    remove_scaffold(run)
    assert not (run.path / FOLDER).exists()
    assert run.config.exists()


def test_leftovers_in_and_beside_a_run_go_and_those_of_others_stay(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    run.path.mkdir()
    for path in (tmp_path / ".taskfusion-12345678-ruin", tmp_path / ".taskfusion-12345678-run"):
        path.mkdir()
    (run.path / ".taskfusion-12345678-log.jsonl").touch()
    remove_leftovers_of(run)
    assert {path.name for path in tmp_path.rglob("*")} == {"run", ".taskfusion-12345678-ruin"}
