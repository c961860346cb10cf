import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from one_row import both, outcome, require_same, schema, told
from taskfusion.base.errors import DataError, RunError
from taskfusion.config.experiment import Experiment
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.table import scan
from taskfusion.datasets.public.prepare import prepare_dataset
from taskfusion.serve.row.encoder import RowEncoder

CONFIGS = Path(__file__).parents[3] / "configs"
MOMENTS = [datetime(2024, 1, 31, 12, 30, 5, 250), datetime(2024, 2, 1), datetime(2024, 2, 1, 23)]
FITTED: dict[str, list[Any]] = {
    "integer": [1, 2, 2**53 + 1, -(2**63), 2**63 - 1, 7, None],
    "unsigned": [1, 2, 2**64 - 1, 2**63, 3, 4, None],
    "text": ["a", "é", "", "7", "A", "b c", None],
    "digits": ["1", "20", "-3", "4", "5", "6", None],
    "sloppy": ["1", "007", "7.0", "4", "5", "6", None],
    "truth": [True, False, True, True, False, True, None],
    "time": ["2024-01-31", "2024-01-31 12:30:00.250000", "2024-02-01", "2024-02-02", "2024-02-03", "2024-02-03", None],
    "zoned": [f"2024-02-{day:02d} 12:30:00.250000+00:00" for day in range(1, 7)] + [None],
    "clock": ["12:30:00", "01:02:03", "01:02:04", "01:02:05", "01:02:06", "01:02:07", None],
    "empty": [None] * 7,
    "number": [0.0, 1.5, -3.25, 1e9, 7.0, 0.1, None],
    "list": [[1, 2], [3], [], None, [1, 1, 1, 2], [2**63 - 1], [4]],
    "words": ["a, b", "['c', 'd']", "", None, "e", "a", "b"],
    "moment": [*MOMENTS, *MOMENTS, None],
}
"""Columns of a training table."""

IDS = ("integer", "unsigned", "text", "digits", "sloppy", "truth", "time", "zoned", "clock", "empty")
PARTS = ("hour", "weekday", "day", "month")
WAYS = ("standardize", "log_standardize", "quantile", "none")
FEATURES: list[dict[str, Any]] = [
    *[{"name": name, "kind": "categorical", "min_count": 1, "frequency": True} for name in IDS],
    *[{"name": f"{name}-hash", "column": name, "kind": "categorical", "hash_buckets": 97} for name in IDS],
    *[{"name": part, "column": "moment", "kind": "categorical", "part": part, "min_count": 1} for part in PARTS],
    *[{"name": f"number-{way}", "column": "number", "kind": "numeric", "transform": way} for way in WAYS],
    {"name": "whole", "column": "integer", "kind": "numeric", "also_categorical": True},
    {"name": "list", "kind": "sequence", "max_length": 3, "min_count": 1},
    {
        "name": "set",
        "column": "list",
        "kind": "multi_categorical",
        "max_length": 2,
        "separator": "|",
        "hash_buckets": 9,
    },
    {"name": "list-length", "column": "list", "kind": "numeric", "length": True},
    {"name": "words", "kind": "multi_categorical", "separator": ",", "min_count": 1, "pooling": "sum"},
    {"name": "words-length", "column": "words", "kind": "numeric", "length": True, "separator": ","},
]
TRAINING = pl.DataFrame(FITTED, strict=False, schema_overrides={"unsigned": pl.UInt64})
EACH = {str(feature["name"]): both(TRAINING, feature) for feature in FEATURES}
"""Both encoders of each feature by itself, so that no error hides another."""

ALL = both(TRAINING, *FEATURES)

texts = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        [str(value) for values in FITTED.values() for value in values]
        + ["2024-01-31T12:30:00.25", "2024-02-01 12:30:00.25Z", "2024-2-1 1:2:60", "2024-02-30 00:00:00", "0000-01-01"]
        + ["2024-02-01 24:00", " 7", "+7", "-0", "18446744073709551616", "['a','b']", "[a\n]", "\x1ca,b\u3000", "1|2"]
    ),
    st.from_regex(r"\A[ +]?\d{2,4}-\d{1,2}-\d{1,2}[ T]\d{1,2}:\d\d(:\d\d(\.\d{0,7})?)?(Z| ?[+-]\d\d:?\d\d)?\Z"),
)
numbers = st.one_of(
    st.integers(-5, 10),
    st.integers(-(2**64), 2**65),
    st.integers(10**8, 10**20),
    st.sampled_from([2**63, 2**63 - 1, -(2**63), 2**64 - 1, 2**64, 2**53 + 1, -(2**63) - 1, 2**127 - 1, 2**127]),
    st.floats(),
    st.integers(-100, 100).map(float),
    st.sampled_from([2.0**63, -(2.0**63), 1e300, 3.5e38, -0.0, 1.7e9, 1.7e12]),
)
json_scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
times = st.one_of(
    st.sampled_from(MOMENTS),
    st.datetimes(datetime(1000, 1, 1), datetime(9998, 1, 1)),
    st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.sampled_from([UTC, ZoneInfo("Asia/Tokyo")])),
    st.dates(date(1000, 1, 1)),
    st.times().map(lambda moment: moment.replace(tzinfo=None)),
    st.timedeltas(timedelta(-1000), timedelta(1000)),
    st.decimals(-1000, 1000, places=2),
    st.binary(max_size=3),
)
lists = st.one_of(
    st.lists(st.none() | st.integers(-3, 8), max_size=6),
    st.lists(st.none() | st.floats(), max_size=5),
    st.lists(st.none() | texts, max_size=5),
    st.lists(st.booleans(), max_size=3),
    st.lists(st.lists(st.integers(0, 3), max_size=2), max_size=2),
    st.lists(st.none() | times.filter(lambda one: isinstance(one, datetime) and one.tzinfo is None), max_size=3),
)
values = st.one_of(json_scalars, times, lists)


@pytest.mark.parametrize("feature", FEATURES, ids=[str(feature["name"]) for feature in FEATURES])
@given(st.data())
def test_a_value_is_read_as_in_a_table_of_one_row(feature: dict[str, object], data: st.DataObject) -> None:
    column = str(feature.get("column", feature["name"]))
    encoders = EACH[str(feature["name"])]
    require_same(encoders, [{column: value} for value in [*FITTED[column], *data.draw(st.lists(values, max_size=12))]])


def test_rows_are_encoded_as_one_by_one_and_lie_as_those_of_a_table_do() -> None:
    table, by_rows = ALL
    rows = TRAINING.to_dicts()
    found, expected = by_rows.encode(rows), table.encode(TRAINING)
    assert told(found) == told(expected)
    assert [one.strides for one in found.arrays()] == [one.strides for one in expected.arrays()]
    assert by_rows.layout == table.layout
    assert told(by_rows.encode([])) == told(table.encode(TRAINING.head(0)))


@given(st.sets(st.sampled_from([str(feature["name"]) for feature in FEATURES])))
def test_features_that_are_left_out_are_missing_values(names: set[str]) -> None:
    table, by_rows = ALL
    whole = table.encode(TRAINING)
    empty = table.encode(pl.DataFrame({name: [None] * len(TRAINING) for name in TRAINING.columns}))
    found, layout = by_rows.encode(TRAINING.to_dicts(), names), table.layout
    for place, name in enumerate(layout.id_names):
        assert found.ids_BF[:, place].tolist() == (whole if name in names else empty).ids_BF[:, place].tolist()
    for place, name in enumerate(layout.bag_names):
        assert found.bags[place].tolist() == (whole if name in names else empty).bags[place].tolist()
    for place, name in enumerate(layout.numeric_features):
        assert found.numeric_BN[:, place].tolist() == (whole if name in names else empty).numeric_BN[:, place].tolist()


def test_values_of_numpy_are_those_of_python() -> None:
    row = {"integer": np.int32(7), "number": np.float64(1.5), "text": np.str_("a"), "list": np.array([1, 2])}
    names = ["integer", "number-none", "text", "list", "list-length"]
    plain_row = {"integer": 7, "number": 1.5, "text": "a", "list": [1, 2]}
    assert told(ALL[1].encode([row], names)) == told(ALL[1].encode([plain_row], names))


def test_each_value_of_a_list_is_read_by_itself() -> None:
    encoder = ALL[1]
    codes = encoder.encode([{"list": [1, 2.0, True]}], ["list"]).bags[0]
    assert codes.tolist() == encoder.encode([{"list": [1, 2, 1]}], ["list"]).bags[0].tolist()
    with pytest.raises(DataError, match="fitted on values of type Int64, but now finds type String"):
        encoder.encode([{"list": [1, "a"]}], ["list"])


def test_a_missing_column_and_a_bad_row_are_named() -> None:
    encoder = ALL[1]
    with pytest.raises(DataError, match=r"feature 'text' needs the column 'text', which the request lacks.*'texts'"):
        encoder.encode([{"texts": "a"}], ["text"], "the request")
    with pytest.raises(DataError, match=r"^row 1 \(the first is 0\): feature 'integer' .*'x'"):
        encoder.encode([{"integer": 1}, {"integer": "x"}], ["integer"])
    with pytest.raises(ValueError, match="no feature 'nothing'"):
        encoder.encode([{"integer": 1}], ["nothing"])


def test_fields_of_objects_are_columns() -> None:
    rows: list[dict[str, object]] = [{"place": {"city": "rome"}}, {"place": {"city": None}}, {"place": {}}]
    table = pl.DataFrame({"place.city": ["rome", "oslo"]})
    encoders = both(table, {"name": "city", "column": "place.city", "kind": "categorical", "min_count": 1})
    require_same(encoders, [*rows, {"place.city": "oslo"}, {"place": 1}])
    assert encoders[1].encode([{"place": None}]).ids_BF.tolist() == [[0]]


def test_a_damaged_file_is_refused_by_name(tmp_path: Path) -> None:
    FeatureEncoder.fit(TRAINING.lazy(), schema(*FEATURES).features).save(tmp_path)
    (tmp_path / "vocabulary_0.safetensors").write_bytes(b"PAR1")
    with pytest.raises(RunError, match=f"'{tmp_path}' should be the encoder of a run, but cannot be read"):
        RowEncoder.load(tmp_path)
    (tmp_path / "encoder.json").unlink()
    with pytest.raises(RunError, match=r"encoder\.json"):
        RowEncoder.load(tmp_path)


def test_a_process_that_encodes_rows_loads_neither_polars_nor_torch(tmp_path: Path) -> None:
    table = TRAINING.select("integer", "text", "number")
    features = [one for one in FEATURES if one["name"] in ("integer", "text", "number-standardize")]
    FeatureEncoder.fit(table.lazy(), schema(*features).features).save(tmp_path)
    code = f"""
import sys
from pathlib import Path
from taskfusion.serve.row.encoder import RowEncoder
rows = RowEncoder.load(Path({str(tmp_path)!r})).encode([{{"integer": 7, "text": "a", "number": 1.5}}])
assert rows.ids_BF.tolist() != [[0, 0]]
print(sorted({{"polars", "torch", "scipy", "pandas", "pyarrow", "onnxruntime"}} & set(sys.modules)))
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize(("name", "folder"), [("kuairand", "kuairand_pure"), ("census-income", "census_income")])
def test_rows_of_real_tables(name: str, folder: str, real_data: Path, tmp_path: Path) -> None:
    prepare_dataset(name, out=tmp_path / name, source=real_data / folder)
    table_schema = Experiment.from_yaml(CONFIGS / f"{name}.yaml").table_schema
    table = FeatureEncoder.fit(scan(tmp_path / name / "train.parquet").head(20_000), table_schema.features)
    table.save(tmp_path / "encoder")
    sample = pl.read_parquet(tmp_path / name / "test.parquet").sample(3000, seed=0)
    found = RowEncoder.load(tmp_path / "encoder").encode(sample.to_dicts())
    assert told(found) == told(table.encode(sample))


COLUMNS: dict[str, tuple[st.SearchStrategy[Any], list[str]]] = {
    "integers": (st.integers(-(2**63), 2**63 - 1) | st.integers(0, 3), ["categorical", "numeric", "both"]),
    "floats": (st.floats(-1e30, 1e30), ["numeric"]),
    "texts": (texts.filter(str.isprintable), ["categorical", "text bag", "text length"]),
    "truths": (st.booleans(), ["categorical", "numeric"]),
    "lists": (st.lists(st.none() | st.integers(-3, 8), max_size=6), ["list", "sequence", "length"]),
    "text lists": (st.lists(texts, max_size=4), ["list", "sequence", "length"]),
}
coding: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.integers(1, 3).map(lambda count: {"min_count": count}),
    st.integers(2, 99).map(lambda size: {"hash_buckets": size}),
)
separators = st.sampled_from([",", " ", "|", "::"])
KINDS: dict[str, Any] = {
    "categorical": lambda draw: {"kind": "categorical", **draw(coding), "frequency": False},
    "numeric": lambda draw: {"kind": "numeric", "transform": draw(st.sampled_from(WAYS))},
    "both": lambda draw: {"kind": "numeric", "also_categorical": True},
    "list": lambda draw: {"kind": "multi_categorical", "max_length": draw(st.integers(1, 4)), **draw(coding)},
    "sequence": lambda draw: {"kind": "sequence", "max_length": draw(st.integers(1, 4)), **draw(coding)},
    "text bag": lambda draw: {"kind": "multi_categorical", "separator": draw(separators), **draw(coding)},
    "length": lambda draw: {"kind": "numeric", "length": True},
    "text length": lambda draw: {"kind": "numeric", "length": True, "separator": draw(separators)},
}


@given(st.data())
def test_any_feature_of_any_training_column(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(COLUMNS)))
    of_training, kinds = COLUMNS[name]
    training = data.draw(st.lists(st.none() | of_training, min_size=1, max_size=8))
    feature = {"name": "x", **KINDS[data.draw(st.sampled_from(kinds))](data.draw)}
    table = pl.DataFrame({"x": training})
    drawn = data.draw(st.lists(values | of_training, max_size=8))
    require_same(both(table, feature), [{"x": value} for value in [*training, *drawn]])


names = st.text(max_size=3)
anything = st.recursive(
    json_scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=3), max_leaves=8
)


@given(st.lists(anything, max_size=5))
def test_whatever_json_brings_is_encoded_or_refused(found: list[object]) -> None:
    for feature in FEATURES:
        column, encoder = str(feature.get("column", feature["name"])), EACH[str(feature["name"])][1]
        for value in found:
            assert told(outcome(lambda: encoder.encode([{column: value}])))  # noqa: B023  called at once
