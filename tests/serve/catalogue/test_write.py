"""The directory of a catalogue: whole at every moment, whoever is killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from serve.catalogue.catalogues import content, form_of, opened, require_equal, write
from serve.conftest import Exported
from serve.serving import ITEMS
from taskfusion.base.errors import DataError, RunError, StorageError
from taskfusion.serve.catalogue.record import CATALOGUE, Changes
from taskfusion.serve.catalogue.stored import open_items


def test_the_next_call_replaces_the_record_and_removes_the_file_before(exported: Exported, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = write(exported.path, ITEMS, out)
    mapped = opened(exported.path, out)
    before = [np.array(array) for array in mapped.arrays.values()]
    second = write(exported.path, ITEMS[2:], out)
    assert set(content(out)) == {CATALOGUE, "items-000002.bin"}
    assert (first.file.name, second.items) == ("items-000001.bin", len(ITEMS) - 2)
    assert second.changes == Changes(new=0, changed=0, kept=len(ITEMS) - 2, gone=2)
    for array, was in zip(mapped.arrays.values(), before, strict=True):
        np.testing.assert_array_equal(array, was)
    write(exported.path, ITEMS[2:], tmp_path / "fresh")
    require_equal(opened(exported.path, out), opened(exported.path, tmp_path / "fresh"))


@pytest.mark.parametrize("at", ["write_artifact", "listed", "remove_files"])
def test_a_process_killed_between_files_leaves_a_whole_catalogue(at: str, exported: Exported, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(exported.path, ITEMS, out)
    ITEMS[3:].write_parquet(tmp_path / "items.parquet")
    program = f"""
import os, signal
from pathlib import Path
from taskfusion.serve.catalogue import write
setattr(write, {at!r}, lambda *given: os.kill(os.getpid(), signal.SIGKILL))
write.write_catalogue(Path({str(exported.path)!r}), Path({str(tmp_path / "items.parquet")!r}), Path({str(out)!r}))
"""
    ended = subprocess.run([sys.executable, "-c", program], check=False)
    assert ended.returncode == -signal.SIGKILL
    is_new = at == "remove_files"
    assert len(opened(exported.path, out)) == len(ITEMS) - 3 * is_new
    found = write(exported.path, ITEMS[3:], out)
    assert found.changes.kept == len(ITEMS) - 3
    assert set(os.listdir(out)) == {CATALOGUE, found.file.name}


def test_a_table_that_cannot_be_encoded_leaves_all_as_it_was(exported: Exported, tmp_path: Path) -> None:
    out, bad = tmp_path / "out", ITEMS.with_columns(tags=1.5)
    with pytest.raises(DataError, match="tags"):
        write(exported.path, bad, out)
    assert not out.exists()
    write(exported.path, ITEMS, out)
    before = content(out)
    with pytest.raises(DataError, match="tags"):
        write(exported.path, bad, out)
    assert content(out) == before


def test_a_full_disk_leaves_all_as_it_was(exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    write(exported.path, ITEMS, out)
    before = content(out)

    def full(*given: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("taskfusion.serve.catalogue.build._put", full)
    with pytest.raises(StorageError, match=r"items-000002\.bin"):
        write(exported.path, ITEMS, out)
    assert content(out) == before


def test_other_directories_are_refused(exported: Exported, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="but is a file"):
        write(exported.path, ITEMS, tmp_path / "file")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x.parquet").write_text("")
    with pytest.raises(RunError, match=r"holds 'x\.parquet' and no catalogue\.json"):
        write(exported.path, ITEMS, tmp_path / "full")
    write(exported.path, ITEMS, tmp_path / "out")
    with pytest.raises(RunError, match="holds items by 'item_id', not by 'number'"):
        write(exported.path, ITEMS.with_row_index("number"), tmp_path / "out", "number")
    path = tmp_path / "out" / CATALOGUE
    fingerprint = form_of(exported.path).fingerprint
    path.write_text(path.read_text().replace(fingerprint, "0" * 64))
    with pytest.raises(RunError, match="items of another model"):
        write(exported.path, ITEMS, tmp_path / "out")


def test_the_record_names_table_and_model(exported: Exported, tmp_path: Path) -> None:
    found = write(exported.path, ITEMS, tmp_path / "out")
    again, items = open_items(tmp_path / "out", form_of(exported.path))
    assert again == found
    assert found.table[0].name == str(tmp_path / "items.parquet")
    assert (found.item_id, found.items, len(items)) == ("item_id", len(ITEMS), len(ITEMS))
