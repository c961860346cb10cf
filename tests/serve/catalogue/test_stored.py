"""A catalogue is what was written, or it is refused by name."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from serve.catalogue.catalogues import form_of, opened, write
from serve.conftest import Exported
from serve.serving import ITEMS
from taskfusion.base.errors import RunError
from taskfusion.base.manifest import listed
from taskfusion.serve.catalogue import stored
from taskfusion.serve.catalogue.record import CATALOGUE
from taskfusion.serve.catalogue.stored import open_items
from taskfusion.serve.scorer import Scorer

ARRAYS = "items-000001.bin"


@pytest.fixture(scope="module")
def made(exported: Exported, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("catalogue") / "out"
    write(exported.path, ITEMS, out)
    return out


@pytest.fixture
def copied(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "out"))


def test_shares_are_those_of_the_scorer(exported: Exported, made: Path) -> None:
    found = opened(exported.path, made)
    expected = Scorer.load(exported.path).item_rows(ITEMS)
    for name, share in zip(found.form.readers, found.shares, strict=True):
        np.testing.assert_allclose(share, expected.shares[name], rtol=1e-6, atol=1e-7)
        assert not share.flags.writeable
    assert found.ids.rows(ITEMS["item_id"].to_list()).tolist() == list(range(len(ITEMS)))


def test_items_of_another_model_are_refused(exported: Exported, copied: Path) -> None:
    record = json.loads((copied / CATALOGUE).read_text())
    (copied / CATALOGUE).write_text(json.dumps({**record, "fingerprint": "f" * 64}))
    with pytest.raises(RunError, match=r"out' holds items of another model: .*ffffffffffff.*taskfusion catalogue"):
        opened(exported.path, copied)


@pytest.mark.parametrize("place", [0, 1000, -1])
def test_changed_bytes_are_refused(place: int, exported: Exported, copied: Path) -> None:
    content = bytearray((copied / ARRAYS).read_bytes())
    content[place] ^= 1
    (copied / ARRAYS).write_bytes(content)
    with pytest.raises(RunError, match=rf"{ARRAYS}.*differs"):
        opened(exported.path, copied)


@pytest.mark.parametrize("size", [0, 100])
def test_a_file_of_another_size_is_refused(size: int, exported: Exported, copied: Path) -> None:
    (copied / ARRAYS).write_bytes((copied / ARRAYS).read_bytes()[:size])
    with pytest.raises(RunError, match=ARRAYS):
        opened(exported.path, copied)


def test_a_file_that_is_gone_is_named(exported: Exported, copied: Path) -> None:
    (copied / ARRAYS).unlink()
    with pytest.raises(RunError, match=ARRAYS):
        opened(exported.path, copied)


def changed(record: Any, array: int, key: str, value: Any) -> Any:
    record["file"]["arrays"][array][key] = value
    return record


@pytest.mark.parametrize(
    "change",
    [
        lambda record: {**record, "items": 21},
        lambda record: changed(record, 0, "offset", 1 << 40),
        lambda record: changed(record, 0, "offset", 1),
        lambda record: changed(record, 0, "name", "idz"),
        lambda record: changed(record, 0, "shape", [4, -4]),
        lambda record: changed(record, 0, "shape", []),
        lambda record: changed(record, 0, "shape", [1 << 62, 1 << 62]),
        lambda record: changed(record, 0, "type", "uint32"),
        lambda record: changed(record, 1, "shape", [2, 2]),
        lambda record: {**record, "file": {**record["file"], "arrays": []}},
        lambda record: {**record, "file": {**record["file"], "arrays": record["file"]["arrays"][:-1]}},
        lambda record: {**record, "file": {**record["file"], "name": "../items-000001.bin"}},
        lambda record: {**record, "format": 0},
    ],
)
def test_a_record_that_does_not_fit_is_refused(change: Any, exported: Exported, copied: Path) -> None:
    record = json.loads((copied / CATALOGUE).read_text())
    (copied / CATALOGUE).write_text(json.dumps(change(record)))
    with pytest.raises(RunError, match=rf"{ARRAYS}|{CATALOGUE}"):
        opened(exported.path, copied)


@pytest.mark.parametrize("seed", range(30))
def test_changed_bytes_with_a_right_hash_are_refused_or_read(seed: int, exported: Exported, copied: Path) -> None:
    random = np.random.default_rng(seed)
    content = bytearray((copied / ARRAYS).read_bytes())
    record = json.loads((copied / CATALOGUE).read_text())
    lookup = [one for one in record["file"]["arrays"] if one["name"].startswith("id:")][seed % 4]
    for _ in range(3):
        content[lookup["offset"] + int(random.integers(8))] = int(random.integers(256))
    (copied / ARRAYS).write_bytes(content)
    record["file"] |= listed(copied / ARRAYS).model_dump()
    (copied / CATALOGUE).write_text(json.dumps(record))
    try:
        found = opened(exported.path, copied)
    except RunError as error:
        assert ARRAYS in str(error)  # noqa: PT017
    else:
        assert found.ids.rows([*ITEMS["item_id"], "none"]).max() < len(ITEMS)


def test_a_catalogue_replaced_while_it_is_opened_is_read(
    exported: Exported, copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form, read = form_of(exported.path), stored._read
    first = read(copied, form)
    write(exported.path, ITEMS[:5], copied)
    answers = [first]
    monkeypatch.setattr(stored, "_read", lambda *given: answers.pop() if answers else read(*given))
    record, found = open_items(copied, form)
    assert (record.items, len(found)) == (5, 5)


def test_codes_that_the_model_does_not_know_are_refused_where_it_reads_them(exported: Exported, made: Path) -> None:
    found = opened(exported.path, made)
    found._require_codes()
    with pytest.raises(ValueError, match="codes"):
        stored.StoredItems(
            found.form,
            found.ids,
            found.rows,
            found.shares,
            found.marks_IM,
            {**found.arrays, "ids": found.arrays["ids"] + 1000},
        )._require_codes()
