"""Public data sets made ready to train on: the publisher's files in, train, validation and test.parquet out."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from taskfusion.base.errors import DataError
from taskfusion.base.files import atomic_directory, write_json
from taskfusion.base.lock import only_writer
from taskfusion.base.nearest import did_you_mean
from taskfusion.datasets.public import census_income, kuairand
from taskfusion.datasets.public.download import RemoteFile, checksum, download
from taskfusion.datasets.public.name import CENSUS_INCOME, KUAIRAND

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Dataset:
    """A public data set.

    Attributes:
        name: as in the command line.
        title: name, authors and page.
        licence: under which its publisher gives it.
        source_files: the publisher's files.
        prepare: writes the three splits; takes the folder of the source and an existing folder to write to, returns
            the files of the source that it read, and raises DataError where the source holds none that it knows, or
            one that cannot be read.
        labels: outcomes, as expressions over the columns of the splits.
    """

    name: str
    title: str
    licence: str
    source_files: tuple[RemoteFile, ...]
    prepare: Callable[[Path, Path], tuple[Path, ...]]
    labels: Mapping[str, pl.Expr]


@dataclass(frozen=True)
class Summary:
    """What was written.

    Attributes:
        name: of the data set.
        rows: of each split.
        label_means: per split the mean of each label, unknown ones left out: of a 0/1 label its rate.
        files: what lies in the folder now.
    """

    name: str
    rows: dict[str, int]
    label_means: dict[str, dict[str, float]]
    files: tuple[Path, ...]


DATASETS: Mapping[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        Dataset(
            name=CENSUS_INCOME,
            title="Census-Income (KDD), US Census Bureau, UCI dataset 117, https://archive.ics.uci.edu/dataset/117",
            licence="CC BY 4.0",
            source_files=(census_income.ARCHIVE,),
            prepare=census_income.prepare,
            labels=census_income.LABELS,
        ),
        Dataset(
            name=KUAIRAND,
            title="KuaiRand-Pure, Gao et al., CIKM 2022, doi 10.1145/3511808.3557624, https://kuairand.com",
            licence="CC BY-SA 4.0",
            source_files=(kuairand.ARCHIVE,),
            prepare=kuairand.prepare,
            labels=kuairand.LABELS,
        ),
    )
}


def prepare_dataset(name: str, *, out: Path, source: Path | None = None) -> Summary:
    """Write train, validation and test.parquet, and source.json, which says where they come from.

    Args:
        name: one of DATASETS.
        out: folder to make; it appears whole or not at all.
        source: folder with the files of the data set; None fetches them from their publisher.

    Raises:
        DataError: the data set is not known, the folder is taken, or the files cannot be fetched or read.
        RunError: another process writes the folder.
        StorageError: it cannot be written.
    """
    if name not in DATASETS:
        raise DataError(
            f"a data set is one of {', '.join(DATASETS)}, but '{name}' was asked for{did_you_mean(name, DATASETS)}"
        )
    if source is not None and not source.is_dir():
        raise DataError(f"the folder '{source}' with the files of {name} should exist, but does not")
    dataset = DATASETS[name]
    with only_writer(out):
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise DataError(f"'{out}' should be new or an empty folder, but is taken; remove it or name another one")
        with atomic_directory(out) as folder:
            return _prepare(dataset, out, source, folder)


def _prepare(dataset: Dataset, out: Path, source: Path | None, folder: Path) -> Summary:
    with tempfile.TemporaryDirectory(dir=folder) as fetched:
        if source is None:
            source = Path(fetched)
            for file in dataset.source_files:
                download(file, source)
        read = dataset.prepare(source, folder)
        write_json(folder / "source.json", _origin(dataset, read))
    rows, means = {}, {}
    for split in SPLITS:
        table = pl.scan_parquet(folder / f"{split}.parquet")
        rows[split] = table.select(pl.len()).collect().item()
        means[split] = (
            table.select(**{k: v.cast(pl.Float64).mean() for k, v in dataset.labels.items()})
            .collect()
            .row(0, named=True)
        )
    names = sorted(path.name for path in folder.iterdir())
    return Summary(dataset.name, rows, means, tuple(out / name for name in names))


def _origin(dataset: Dataset, read: tuple[Path, ...]) -> dict[str, object]:
    """What source.json says: whose data it is, under which licence, and the sha256 of the files it was made from."""
    return {
        "title": dataset.title,
        "licence": dataset.licence,
        "published": [file.url for file in dataset.source_files],
        "files": [{"name": p.name, "bytes": p.stat().st_size, "sha256": checksum(p)} for p in read],
    }
