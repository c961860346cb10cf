import io
import tarfile
import zipfile
from pathlib import Path

import polars as pl
import pytest

from taskfusion.base.errors import DataError
from taskfusion.datasets.public.source import read_columns, unpack


def tar_gz(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


INNER = {"./deep/a.csv": b"A" * 70000, "deep/b.csv": b"B", "c.csv": b"C"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.tar.gz", tar_gz(INNER)),
        ("x.zip", zipped(INNER)),
        ("x.zip", zipped({"readme": b"", "x.tar.gz": tar_gz(INNER)})),
    ],
)
def test_unpack_writes_the_wanted_files_only(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    into = tmp_path / "into"
    into.mkdir()
    unpack(tmp_path / name, ("a.csv", "b.csv"), into)
    assert {path.name: path.read_bytes() for path in into.iterdir()} == {"a.csv": b"A" * 70000, "b.csv": b"B"}


def test_unpack_stays_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "x.tar.gz").write_bytes(tar_gz({"../../a.csv": b"A"}))
    into = tmp_path / "one" / "two"
    into.mkdir(parents=True)
    unpack(tmp_path / "x.tar.gz", ("a.csv",), into)
    assert list(tmp_path.rglob("a.csv")) == [into / "a.csv"]


def test_unpack_names_what_is_lacking(tmp_path: Path) -> None:
    (tmp_path / "x.tar.gz").write_bytes(tar_gz(INNER))
    with pytest.raises(DataError, match=r"should hold 'd\.csv', but it is not in it"):
        unpack(tmp_path / "x.tar.gz", ("a.csv", "d.csv"), tmp_path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.tar.gz", b"not an archive"),
        ("x.tar.gz", tar_gz(INNER)[:-40]),
        ("x.tar.gz", tar_gz(INNER)[:-8] + bytes(8)),
        ("x.zip", b"not an archive"),
        ("x.zip", zipped({"x.tar.gz": b"not an archive"})),
        ("x.zip", zipped(INNER).replace(b"AAAA", b"AAAB", 1)),
    ],
)
def test_unpack_of_a_damaged_archive(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=rf"{name}' is damaged"):
        unpack(tmp_path / name, ("a.csv", "b.csv"), tmp_path)


def test_unpack_of_an_archive_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be unpacked: No such file"):
        unpack(tmp_path / "x.tar.gz", ("a.csv",), tmp_path)


DTYPES = {"id": pl.Int64, "code": pl.Int8, "text": pl.String}
TABLE = pl.DataFrame({"id": [2**62 + 1, 2], "code": [7, None], "text": ["(0,10]", None]}, schema=DTYPES)


def test_csv_values(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(f'other,text,code,id\n9,"(0,10]",7.0,{2**62 + 1}\n,,,2\n')
    assert read_columns(tmp_path / "x.csv", DTYPES).equals(TABLE)


def test_parquet_values_and_dtypes(tmp_path: Path) -> None:
    TABLE.select("text", pl.col("code").cast(pl.Float64), "id").write_parquet(tmp_path / "x.parquet")
    read = read_columns(tmp_path / "x.parquet", DTYPES)
    assert read.equals(TABLE)
    assert read.schema == DTYPES


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_faulty_tables(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x.{suffix}"
    with pytest.raises(DataError, match="cannot be read"):
        read_columns(path, DTYPES)
    path.write_bytes(b"")
    with pytest.raises(DataError, match="cannot be read"):
        read_columns(path, DTYPES)
    table = TABLE.with_columns(code=pl.lit("many"))
    for fault, message in ((table, "cannot be read .*many"), (TABLE.drop("text"), "should hold the column 'text'")):
        fault.write_csv(path) if suffix == "csv" else fault.write_parquet(path)
        with pytest.raises(DataError, match=message):
            read_columns(path, DTYPES)
