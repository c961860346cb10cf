import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from taskfusion.base.errors import DataError
from taskfusion.datasets.public import census_income
from taskfusion.datasets.public.census_income import COLUMNS, LABELS, ORIGINAL_COLUMNS, prepare, read_original

# Lines in the form of the original files.
LINES = [
    "73, Not in universe, 0, 0, High school graduate, 0, Not in universe, Widowed, Not in universe or children, "
    "Not in universe, White, All other, Female, Not in universe, Not in universe, Not in labor force, 0, 0, 0, "
    "Nonfiler, Not in universe, Not in universe, Other Rel 18+ ever marr not in subfamily, "
    "Other relative of householder, 1700.09, ?, ?, ?, Not in universe under 1 year old, ?, 0, Not in universe, "
    "United-States, United-States, United-States, Native- Born in the United States, 0, Not in universe, 2, 0, 95, "
    "- 50000.",
    "45, Private, 33, 2, Masters degree(MA MS MEng MEd MSW MBA), 0, Not in universe, Never married, Retail trade, "
    "Executive admin and managerial, White, NA, Male, Not in universe, Not in universe, Full-time schedules, 7688, 0, "
    "250, Single, Not in universe, Not in universe, Nonfamily householder, Householder, 52.5, ?, ?, ?, "
    "Not in universe under 1 year old, ?, 6, Not in universe, ?, United-States, United-States, "
    "Native- Born in the United States, 0, Not in universe, 2, 52, 94, 50000+.",
]


def original_lines(table: pl.DataFrame) -> bytes:
    line = pl.concat_str([pl.col(name).cast(pl.String) for name in ORIGINAL_COLUMNS], separator=", ")
    return ("\n".join(table.select(line).to_series()) + "\n").encode()


def zip_of(halves: tuple[bytes, bytes]) -> bytes:
    inner, outer = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:gz") as tar:
        for name, content in zip(census_income.HALVES, halves, strict=True):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("census.tar.gz", inner.getvalue())
    return outer.getvalue()


def read_tables(folder: Path) -> dict[str, pl.DataFrame]:
    return {path.stem: pl.read_parquet(path) for path in folder.glob("*.parquet")}


def test_original_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "census-income.data"
    path.write_text("\n".join([*LINES, "", ""]))
    table = read_original(path)
    assert table.schema == COLUMNS
    assert table["age"].to_list() == [73, 45]
    assert table["hisp_origin"].to_list() == ["All other", "NA"]
    assert table["country_father"].to_list() == ["United-States", "?"]
    assert table["instance_weight"].to_list() == [1700.09, 52.5]
    assert table["income_50k"].to_list() == ["- 50000.", "50000+."]
    labels = table.select(**LABELS)
    assert labels.rows() == [(False, False, False), (True, True, True)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read .*empty"),
        ("\n", "should hold 42 values per line, but holds 1"),
        (LINES[0] + ", x\n", "but holds 43"),
        (LINES[0] + "\n1, 2\n", "but some hold fewer"),
        (LINES[0] + "\n" + LINES[0] + ", x\n", "cannot be read"),
        (LINES[0].replace("73", "old"), "cannot be read .*old"),
    ],
)
def test_faulty_original_lines(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "census-income.data"
    path.write_text(text)
    with pytest.raises(DataError, match=rf"census-income\.data' .*{message}"):
        read_original(path)


def test_truncated_gzip(tmp_path: Path) -> None:
    path = tmp_path / "census-income.data.gz"
    path.write_bytes(gzip.compress("\n".join(LINES * 500).encode())[:-100])
    with pytest.raises(DataError, match="cannot be read"):
        read_original(path)


@pytest.mark.parametrize("form", ["parquet", "plain", "gz", "zip"])
def test_every_form_of_the_source_gives_the_same_tables(real_data: Path, tmp_path: Path, form: str) -> None:
    complete = pl.read_parquet(real_data / "census_income" / "test.parquet")
    assert complete.schema == ORIGINAL_COLUMNS
    halves = (complete[:3000], complete[3000:4001])
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    out.mkdir()
    texts = (original_lines(halves[0]), original_lines(halves[1]))
    if form == "zip":
        (source / "census+income+kdd.zip").write_bytes(zip_of(texts))
    for name, part, table, text in zip(census_income.HALVES, ("train", "test"), halves, texts, strict=True):
        if form == "parquet":
            table.write_parquet(source / f"{part}.parquet")
        elif form == "plain":
            (source / name).write_bytes(text)
        elif form == "gz":
            (source / f"{name}.gz").write_bytes(gzip.compress(text))
    read = prepare(source, out)
    assert set(read) == set(source.iterdir())
    order = np.random.RandomState(0).permutation(1001)
    expected = {"train": halves[0], "validation": halves[1][order[:500]], "test": halves[1][order[500:]]}
    found = read_tables(out)
    assert found.keys() == expected.keys()
    for part, table in expected.items():
        assert found[part].equals(table.select(list(COLUMNS))), part


def test_source_without_the_files(tmp_path: Path) -> None:
    (tmp_path / "train.parquet").touch()
    (tmp_path / "census-income.data.gz").touch()
    with pytest.raises(DataError, match=r"train\.parquet and test\.parquet, or .*census\+income\+kdd\.zip.* none of"):
        prepare(tmp_path, tmp_path)


def test_real_halves(real_data: Path, tmp_path: Path) -> None:
    prepare(real_data / "census_income", tmp_path)
    parts = read_tables(tmp_path)
    assert {name: table.height for name, table in parts.items()} == {
        "train": 199_523,
        "validation": 49_881,
        "test": 49_881,
    }
    rest = pl.concat([parts["validation"], parts["test"]])
    published = {"income": (6.206, 6.201), "never_married": (43.346, 43.246), "college": (14.766, 14.722)}
    for label, rates in published.items():
        for table, rate in zip((parts["train"], rest), rates, strict=True):
            assert table.select(LABELS[label].mean()).item() == pytest.approx(rate / 100, abs=5e-6)
    given = pl.read_parquet(real_data / "census_income" / "test.parquet").select(list(COLUMNS))
    assert rest.sort(pl.all()).equals(given.sort(pl.all()))
