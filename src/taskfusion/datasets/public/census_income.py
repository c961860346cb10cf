"""Census-Income (KDD), UCI dataset 117: train, validation and test as in the AdaTT paper (section 4.3)."""

import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from taskfusion.base.errors import DataError
from taskfusion.datasets.public.download import RemoteFile
from taskfusion.datasets.public.source import Dtypes, one_line, read_columns, unpack

ARCHIVE = RemoteFile(
    name="census+income+kdd.zip", url="https://archive.ics.uci.edu/static/public/117/census+income+kdd.zip"
)
HALVES = ("census-income.data", "census-income.test")
COLLEGE = (
    "Bachelors degree(BA AB BS)",
    "Masters degree(MA MS MEng MEd MSW MBA)",
    "Prof school degree (MD DDS DVM LLB JD)",
    "Doctorate degree(PhD EdD)",
)
LABELS = {
    "income": pl.col("income_50k") == "50000+.",
    "never_married": pl.col("marital_stat") == "Never married",
    "college": pl.col("education").is_in(COLLEGE),
}
# The 42 columns of the original files, which have no header, in their order.
ORIGINAL_COLUMNS: Dtypes = {
    "age": pl.Int32,
    "class_worker": pl.String,
    "det_ind_code": pl.Int32,
    "det_occ_code": pl.Int32,
    "education": pl.String,
    "wage_per_hour": pl.Int32,
    "hs_college": pl.String,
    "marital_stat": pl.String,
    "major_ind_code": pl.String,
    "major_occ_code": pl.String,
    "race": pl.String,
    "hisp_origin": pl.String,
    "sex": pl.String,
    "union_member": pl.String,
    "unemp_reason": pl.String,
    "full_or_part_emp": pl.String,
    "capital_gains": pl.Int32,
    "capital_losses": pl.Int32,
    "stock_dividends": pl.Int32,
    "tax_filer_stat": pl.String,
    "region_prev_res": pl.String,
    "state_prev_res": pl.String,
    "det_hh_fam_stat": pl.String,
    "det_hh_summ": pl.String,
    "instance_weight": pl.Float64,
    "mig_chg_msa": pl.String,
    "mig_chg_reg": pl.String,
    "mig_move_reg": pl.String,
    "mig_same": pl.String,
    "mig_prev_sunbelt": pl.String,
    "num_emp": pl.Int32,
    "fam_under_18": pl.String,
    "country_father": pl.String,
    "country_mother": pl.String,
    "country_self": pl.String,
    "citizenship": pl.String,
    "own_or_self": pl.Int32,
    "vet_question": pl.String,
    "vet_benefits": pl.Int32,
    "weeks_worked": pl.Int32,
    "year": pl.Int32,
    "income_50k": pl.String,
}
# Left out, so that the Parquet copy, whose training half lacks them, and the original files give the same tables.
DROPPED = {
    "det_ind_code",
    "det_occ_code",
    "unemp_reason",
    "mig_chg_msa",
    "mig_chg_reg",
    "mig_move_reg",
    "mig_prev_sunbelt",
    "vet_question",
}
COLUMNS: Dtypes = {name: dtype for name, dtype in ORIGINAL_COLUMNS.items() if name not in DROPPED}


def prepare(source: Path, out: Path) -> tuple[Path, ...]:
    """Write train, validation and test.parquet: the official training half, and the official test half cut in two.

    The cut is numpy's RandomState(0).permutation of the rows of the test half, its first half for validation.

    Args:
        source: folder with train.parquet and test.parquet, or with census-income.data and census-income.test
            (plain or .gz), or with the publisher's zip file.
        out: as in Dataset.prepare, and so are what is returned and raised.
    """
    files, train, rest = _read_halves(source)
    order = np.random.RandomState(0).permutation(rest.height)
    cut = rest.height // 2
    train.write_parquet(out / "train.parquet")
    rest[order[:cut]].write_parquet(out / "validation.parquet")
    rest[order[cut:]].write_parquet(out / "test.parquet")
    return files


def _read_halves(source: Path) -> tuple[tuple[Path, ...], pl.DataFrame, pl.DataFrame]:
    """The files that were found, and the training and test halves read from them."""
    parquet = (source / "train.parquet", source / "test.parquet")
    if all(path.is_file() for path in parquet):
        return parquet, read_columns(parquet[0], COLUMNS), read_columns(parquet[1], COLUMNS)
    for suffix in ("", ".gz"):
        halves = tuple(source / f"{name}{suffix}" for name in HALVES)
        if all(path.is_file() for path in halves):
            return halves, read_original(halves[0]), read_original(halves[1])
    archive = source / ARCHIVE.name
    if not archive.is_file():
        raise DataError(
            f"'{source}' should hold train.parquet and test.parquet, or {HALVES[0]} and {HALVES[1]} (plain or .gz), "
            f"or {ARCHIVE.name}, but holds none of these; fetch them, or leave --from out"
        )
    with tempfile.TemporaryDirectory() as folder:
        unpack(archive, HALVES, Path(folder))
        return (archive,), read_original(Path(folder) / HALVES[0]), read_original(Path(folder) / HALVES[1])


def read_original(path: Path) -> pl.DataFrame:
    """The shared columns of an original file: no header, 42 values per line, separated by ", ".

    Raises:
        DataError: the file cannot be read, or a line does not hold such values.
    """
    try:
        lines = pl.read_csv(path, has_header=False, quote_char=None, infer_schema=False)
        if lines.width != len(ORIGINAL_COLUMNS):
            raise DataError(f"'{path}' should hold 42 values per line, but holds {lines.width}; fetch the file again")
        lines.columns = list(ORIGINAL_COLUMNS)
        lines = lines.filter(~pl.all_horizontal(pl.all().is_null()))
        if lines["income_50k"].null_count() > 0:
            raise DataError(f"'{path}' should hold 42 values per line, but some hold fewer; fetch the file again")
        return lines.select(pl.col(name).str.strip_chars().cast(dtype) for name, dtype in COLUMNS.items())
    except (PolarsError, OSError) as error:
        raise DataError(f"'{path}' cannot be read ({one_line(error)}); fetch the file again") from error
