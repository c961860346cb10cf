"""Names of the files of trees, and which files are theirs."""

from pathlib import Path

import pytest

from taskfusion.run.ensemble_files import TREE_FILES, EnsembleFiles


def test_files_of_trees_are_found_and_nothing_else(tmp_path: Path) -> None:
    files = EnsembleFiles(tmp_path)
    assert files.in_folder() == []
    files.folder.mkdir()
    mine = [path for task in (0, 12) for path in (files.trees(task, "ordered"), files.columns(task, "ordered"))]
    for path in (*mine, files.folder / "notes.txt", files.folder / "0-ordered.txt.bak", files.record):
        path.touch()
    assert set(files.in_folder()) == set(mine)


@pytest.mark.parametrize(
    "name", ["notes.txt", "0.txt", "0-ordered.txt.bak", "a0-ordered.txt", "0-ordered.json", "-ordered.txt"]
)
def test_a_name_that_no_run_writes_is_not_theirs(name: str) -> None:
    assert not TREE_FILES.fullmatch(name)
