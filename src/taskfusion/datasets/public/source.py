"""Reading what a publisher gives: typed columns of a table, and files inside an archive."""

import gzip
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO

import polars as pl
from polars.exceptions import PolarsError

from taskfusion.base.errors import DataError

Dtypes = Mapping[str, type[pl.DataType] | pl.DataType]


def read_columns(path: Path, dtypes: Dtypes) -> pl.DataFrame:
    """The named columns of a Parquet file or a CSV file with a header, in the order and with the dtypes named.

    Raises:
        DataError: the file is unreadable, lacks a column, or holds a value of another kind.
    """
    try:
        if path.suffix == ".parquet":
            table = pl.scan_parquet(path)
        else:
            table = pl.scan_csv(path, schema_overrides=_csv_dtypes(dtypes), infer_schema=False)
        lacking = [name for name in dtypes if name not in table.collect_schema()]
        if lacking:
            raise DataError(
                f"'{path}' should hold the column '{lacking[0]}', but it is not there; fetch the file again"
            )
        return table.select(pl.col(name).cast(dtype) for name, dtype in dtypes.items()).collect()
    except (PolarsError, OSError) as error:
        raise DataError(f"'{path}' cannot be read ({one_line(error)}); fetch the file again") from error


def _csv_dtypes(dtypes: Dtypes) -> dict[str, type[pl.DataType] | pl.DataType]:
    """Shorter integers are read as floats, for codes may be written "1.0"; ids of 64 bits must stay exact."""
    return {name: pl.Float64 if dtype in (pl.Int8, pl.Int16, pl.Int32) else dtype for name, dtype in dtypes.items()}


def unpack(archive: Path, wanted: Collection[str], into: Path) -> None:
    """Write the wanted files of an archive (zip or tar.gz, the tar.gz inside a zip too) into a folder.

    Files are found by their own names, whatever folder of the archive they lie in; nothing else is written.

    Raises:
        DataError: the archive is damaged, or a wanted file is not in it.
    """
    left = set(wanted)
    try:
        for name, content in _members(archive):
            if name in left:
                left.discard(name)
                with (into / name).open("wb") as file:
                    shutil.copyfileobj(content, file)
    except (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DataError(f"the archive '{archive}' is damaged ({one_line(error)}); fetch it again") from error
    except OSError as error:
        raise DataError(f"the archive '{archive}' cannot be unpacked: {error.strerror or error}") from error
    if left:
        raise DataError(f"the archive '{archive}' should hold '{min(left)}', but it is not in it; fetch it again")


def _members(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as outer:
            for name in outer.namelist():
                with outer.open(name) as content:
                    if name.endswith(".tar.gz"):
                        yield from _tar_members(content)
                    else:
                        yield PurePosixPath(name).name, content
    else:
        with archive.open("rb") as content:
            yield from _tar_members(content)


def _tar_members(content: IO[bytes]) -> Iterator[tuple[str, IO[bytes]]]:
    with gzip.GzipFile(fileobj=content) as plain:
        with tarfile.open(fileobj=plain, mode="r|") as tar:
            for member in tar:
                extracted = tar.extractfile(member) if member.isfile() else None
                if extracted is not None:
                    yield PurePosixPath(member.name).name, extracted
        while plain.read(1 << 20):  # up to the checksum at its end
            pass


def one_line(error: BaseException) -> str:
    """The first line of an exception's message, for use inside a sentence."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
