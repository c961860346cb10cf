import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.base.errors import DataError, RunError
from taskfusion.data.encode import FeatureEncoder, encode_examples
from taskfusion.data.hashing import stable_hash
from taskfusion.data.layout import BagInput, NumericInput, Table
from taskfusion.data.rows import EncodedRows
from taskfusion.data.table import scan
from taskfusion.schema.feature import CategoricalFeature, Feature, MultiCategoricalFeature, NumericFeature
from taskfusion.schema.schema import NO_GROUP, Schema

SCHEMA = Schema.model_validate(
    {
        "features": [
            {"name": "user", "kind": "categorical", "min_count": 1, "embedding_dim": 4},
            {"name": "age", "kind": "numeric"},
            {"name": "video", "kind": "categorical", "min_count": 2},
            {"name": "history", "kind": "sequence", "share_with": "video", "max_length": 3},
            {"name": "tags", "kind": "multi_categorical", "separator": ",", "min_count": 1, "pooling": "sum"},
            {"name": "city", "kind": "categorical", "hash_buckets": 5},
            {"name": "spent", "kind": "numeric", "transform": "log_standardize"},
        ],
        "tasks": [{"name": "click", "kind": "binary"}, {"name": "like", "kind": "binary", "truth": "p"}],
        "group": "user",
    }
)
COLUMNS: dict[str, Any] = {
    "user": [2**63 - 1, 2**63 - 2, None, 2**63 - 1],
    "age": [10, 20, None, 30],
    "video": [7, 7, 8, 9],
    "history": [[7, 8, 9, 7], [], None, [1, None, 7]],
    "tags": ["a, b", "", None, "b,c,a"],
    "city": ["rome", "oslo", None, "rome"],
    "spent": [0.0, 1.0, 10.0, 100.0],
    "click": [1, 0, None, 1],
    "like": [True, False, True, None],
    "p": [0.5, 0.25, 0.125, None],
}
FRAME = pl.DataFrame(COLUMNS)


def fit(frame: pl.DataFrame = FRAME) -> FeatureEncoder:
    return FeatureEncoder.fit(frame.lazy(), SCHEMA.features)


def same(left: EncodedRows, right: EncodedRows) -> bool:
    pairs = list(zip(left.arrays(), right.arrays(), strict=True))
    return all(
        a.dtype == b.dtype and np.array_equal(np.nan_to_num(a, nan=-7), np.nan_to_num(b, nan=-7)) for a, b in pairs
    )


def test_an_example_by_hand() -> None:
    batch = encode_examples(FRAME, fit(), SCHEMA)
    assert batch.ids_BF.dtype == np.int32
    assert batch.ids_BF[:, :2].tolist() == [[3, 2], [2, 2], [0, 1], [3, 1]]
    assert batch.bags[0].tolist() == [[1, 1, 2], [0, 0, 0], [0, 0, 0], [1, 2, 0]]
    assert batch.bags[1].tolist() == [[2, 3, *[0] * 8], [0] * 10, [0] * 10, [3, 4, 2, *[0] * 7]]
    deviation = np.std([10, 20, 30])
    assert batch.numeric_BN[:, 0].tolist() == pytest.approx([-10 / deviation, 0, 0, 10 / deviation])
    assert batch.numeric_BN[:, 1].tolist() == [0, 0, 1, 0]
    assert batch.label_BT.tolist() == [[1, 1], [0, 0], [0, 1], [1, 0]]
    assert batch.weight_BT.tolist() == [[1, 1], [1, 1], [0, 1], [1, 0]]
    assert batch.truth_BT is not None
    assert batch.truth_BT[:3, 1].tolist() == [0.5, 0.25, 0.125]
    assert np.isnan(batch.truth_BT[:, 0]).all()
    assert batch.group_B is not None
    assert batch.group_B.dtype == np.int64
    is_null = FRAME["user"].is_null().to_numpy()
    hashes_B = stable_hash(FRAME["user"]).view(np.int64)
    assert batch.group_B.tolist() == np.where(is_null, NO_GROUP, hashes_B).tolist()


def test_the_layout_says_what_the_columns_are() -> None:
    layout = fit().layout
    assert layout.tables == (
        Table("user", 4, 4),
        Table("video", 3, None),
        Table("tags", 5, None),
        Table("city", 7, None),
    )
    assert layout.ids == (0, 1, 3)
    assert layout.bags == (BagInput(1, "mean"), BagInput(2, "sum"))
    assert layout.id_names == ("user", "video", "city")
    assert layout.bag_names == ("history", "tags")
    assert layout.numeric_names == ("age", "age is missing", "spent")
    assert layout.num_numeric == 3


values = st.none() | st.integers(0, 5)
rows = st.lists(
    st.tuples(
        values,
        st.none() | st.lists(values, max_size=5),
        st.none() | st.lists(st.sampled_from(["a", "b", "c", " "]), max_size=4).map(",".join),
        st.none() | st.sampled_from(["rome", "oslo"]),
    ),
    min_size=1,
    max_size=12,
)


@given(rows, rows)
def test_codes_equal_a_row_by_row_reading(train: list[tuple[Any, ...]], scored: list[tuple[Any, ...]]) -> None:
    types: dict[str, Any] = {"video": pl.Int64, "history": pl.List(pl.Int64), "tags": pl.String, "city": pl.String}
    features = [feature for feature in SCHEMA.features if feature.name in types]
    frames = [pl.DataFrame(part, schema=types, orient="row") for part in (train, scored)]
    encoder = FeatureEncoder.fit(frames[0].lazy(), features)
    batch = encoder.encode(frames[1])
    video_counts = Counter(row[0] for row in train if row[0] is not None)
    videos = sorted(value for value, count in video_counts.items() if count >= 2)
    words = sorted({word for row in train for word in words_of(row[2])[:10]})
    for row, ids, history, tags in zip(scored, batch.ids_BF, *batch.bags, strict=True):
        assert ids[0] == code(videos, row[0])
        kept = [value for value in row[1] or [] if value is not None][-3:]
        assert history.tolist() == [code(videos, value) for value in kept] + [0] * (3 - len(kept))
        kept_words = words_of(row[2])[:10]
        assert tags.tolist() == [code(words, word) for word in kept_words] + [0] * (10 - len(kept_words))
        expected = 0 if row[3] is None else 2 + int(stable_hash(pl.Series([row[3]]))[0]) % 5
        assert ids[1] == expected


def words_of(text: str | None) -> list[str]:
    return [word.strip() for word in (text or "").split(",") if word.strip()]


def code(known: list[Any], value: object) -> int:
    if value is None:
        return 0
    return known.index(value) + 2 if value in known else 1


def test_scoring_rows_change_nothing_and_need_no_labels() -> None:
    encoder = fit()
    features = FRAME.drop("click", "like", "p")
    whole = encoder.encode(features)
    assert whole.label_BT.shape == whole.weight_BT.shape == (4, 0)
    assert (whole.group_B, whole.truth_BT) == (None, None)
    for row in range(4):
        assert same(encoder.encode(features.slice(row, 1)), whole.rows(slice(row, row + 1)))
    assert same(encoder.encode(features.reverse()), whole.rows(slice(None, None, -1)))
    assert len(encoder.encode(features.clear())) == 0


def test_a_bag_value_counts_once_a_row_and_only_where_it_is_kept() -> None:
    schema = [{"name": "h", "kind": "sequence", "max_length": 2, "min_count": 2}]
    features = Schema.model_validate({"features": schema, "tasks": [{"name": "y", "kind": "binary"}]}).features
    frame = pl.DataFrame({"h": [[5, 5], [9, 1, 2], [9, 2], [3, 2]]})
    encoder = FeatureEncoder.fit(frame.lazy(), features)
    assert encoder.layout.tables[0].num_codes == 3
    assert encoder.encode(pl.DataFrame({"h": [[2, 5], [9, 1]]})).bags[0].tolist() == [[2, 1], [1, 1]]


def test_group_and_truth_are_absent_where_the_schema_has_none() -> None:
    schema = Schema(features=SCHEMA.features, tasks=SCHEMA.tasks[:1])
    batch = encode_examples(FRAME, fit(), schema)
    assert (batch.group_B, batch.truth_BT) == (None, None)
    assert batch.label_BT.shape == (4, 1)


def test_groups_may_be_text_with_nulls() -> None:
    schema = SCHEMA.model_copy(update={"group": "city"})
    group_B = encode_examples(FRAME, fit(), schema).group_B
    assert group_B is not None
    assert group_B[0] == group_B[3]
    assert len(set(group_B.tolist())) == 3
    assert ((group_B == NO_GROUP) == FRAME["city"].is_null().to_numpy()).all()


def test_saved_and_loaded_it_encodes_the_same_to_the_bit(tmp_path: Path) -> None:
    encoder = fit()
    encoder.save(tmp_path / "encoder")
    again = FeatureEncoder.load(tmp_path / "encoder")
    assert again.layout == encoder.layout
    assert again.features == encoder.features
    assert same(encode_examples(FRAME, again, SCHEMA), encode_examples(FRAME, encoder, SCHEMA))
    assert list(again.tables) == ["user", "video", "tags", "city"]
    again.save(tmp_path / "again")
    for file in sorted((tmp_path / "encoder").iterdir()):
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes()


def test_a_part_encodes_its_features_as_the_whole_does() -> None:
    features = (
        *SCHEMA.features,
        CategoricalFeature(name="often", column="user", kind="categorical", frequency=True),
        NumericFeature(name="coded", column="age", kind="numeric", also_categorical=True),
    )
    whole = FeatureEncoder.fit(FRAME.lazy(), features)
    layout, rows = whole.layout, whole.encode(FRAME)
    for names in ({"history", "age", "often"}, {"coded", "tags", "city"}, {"spent"}, {"video", "coded", "often"}):
        found = whole.part(names).encode(FRAME.select({f.source for f in features if f.name in names}))
        ids = [place for place, name in enumerate(layout.id_names) if name in names]
        numbers = [place for place, name in enumerate(layout.numeric_features) if name in names]
        assert np.array_equal(found.ids_BF, rows.ids_BF[:, ids])
        assert np.array_equal(found.numeric_BN, rows.numeric_BN[:, numbers])
        bags = [bag for name, bag in zip(layout.bag_names, rows.bags, strict=True) if name in names]
        assert all(np.array_equal(one, other) for one, other in zip(found.bags, bags, strict=True))


def test_damaged_encoders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"encoder\.json"):
        FeatureEncoder.load(tmp_path)
    fit().save(tmp_path)
    content = json.loads((tmp_path / "encoder.json").read_text())
    elsewhere = {"video": {"kind": "vocabulary", "file": "../vocabulary_0.parquet", "frequency": None}}
    for broken in (
        "{",
        json.dumps({}),
        json.dumps({**content, "numeric": {}}),
        json.dumps({**content, "features": 1}),
        json.dumps({**content, "tables": {}}),
        json.dumps({**content, "tables": content["tables"] | elsewhere}),
    ):
        (tmp_path / "encoder.json").write_text(broken)
        with pytest.raises(RunError, match=str(tmp_path)):
            FeatureEncoder.load(tmp_path)
    (tmp_path / "encoder.json").write_text(json.dumps({**content, "format": 99}))
    with pytest.raises(RunError, match="found 99: it was made by another version"):
        FeatureEncoder.load(tmp_path)
    (tmp_path / "encoder.json").write_text(json.dumps(content))
    (tmp_path / "vocabulary_0.safetensors").write_bytes(b"")
    with pytest.raises(RunError, match="cannot be read"):
        FeatureEncoder.load(tmp_path)


def fit_of(frame: pl.DataFrame) -> object:
    return FeatureEncoder.fit(frame.lazy(), SCHEMA.features)


def encoding_of(frame: pl.DataFrame) -> object:
    return fit().encode(frame)


@pytest.mark.parametrize("use", [fit_of, encoding_of])
def test_missing_columns_and_wrong_types_are_named(use: Callable[[pl.DataFrame], object]) -> None:
    with pytest.raises(DataError, match=r"feature 'age' needs the column 'age', which .* lacks"):
        use(FRAME.drop("age"))
    with pytest.raises(DataError, match=r"feature 'age' is numeric .* finds type String"):
        use(FRAME.with_columns(age=pl.lit("x")))
    with pytest.raises(DataError, match=r"feature 'tags' needs a list column.*type Int32"):
        use(FRAME.with_columns(tags=pl.lit(1)))
    with pytest.raises(DataError, match=r"feature 'user' should hold ids, but holds 0\.5"):
        use(FRAME.with_columns(user=pl.lit(0.5)))
    with pytest.raises(DataError, match="feature 'city' needs integers, strings"):
        use(FRAME.with_columns(city=pl.col("history")))


RICH = Schema.model_validate(
    {
        "features": [
            {"name": "age", "kind": "numeric", "transform": "quantile", "also_categorical": True},
            {"name": "history", "kind": "sequence", "share_with": "video", "max_length": 3, "attention": "last"},
            {"name": "video", "kind": "categorical", "frequency": True},
            {"name": "last", "column": "video", "kind": "categorical", "share_with": "video"},
            {"name": "spent", "kind": "numeric", "encoding": "periodic"},
        ],
        "tasks": [{"name": "click", "kind": "binary"}],
    }
)


def test_a_number_may_have_codes_too_and_a_category_a_frequency() -> None:
    frame = FRAME.with_columns(age=pl.Series([10, 20, None, 10]))
    encoder = FeatureEncoder.fit(frame.lazy(), RICH.features)
    layout, batch = encoder.layout, encoder.encode(frame)
    assert [table.name for table in layout.tables] == ["age", "video"]
    assert layout.id_names == ("age", "video", "last")
    assert layout.bags == (BagInput(1, "mean", candidate=2),)
    assert layout.numeric_names == ("age", "age is missing", "spent", "video frequency")
    assert layout.num_numeric == batch.numeric_BN.shape[1] == 4
    age, spent, frequency = layout.numeric
    assert (age.feature, age.columns, age.encoding, len(age.quantiles)) == ("age", (0, 1), None, 257)
    assert (spent.feature, spent.columns, spent.encoding, len(spent.quantiles)) == ("spent", (2,), "periodic", 257)
    assert frequency == NumericInput("video", (3,), "plain")
    assert batch.ids_BF.tolist() == [[2, 2, 2], [1, 2, 2], [0, 1, 1], [2, 1, 1]]
    low = batch.numeric_BN[2, 3].item()
    assert batch.numeric_BN[:, 3].tolist() == pytest.approx([-low, -low, low, low])
    assert low == pytest.approx(-1)
    assert batch.numeric_BN[:, 1].tolist() == [0, 0, 1, 0]
    assert batch.numeric_BN[0, 0] == batch.numeric_BN[3, 0] < batch.numeric_BN[2, 0] < batch.numeric_BN[1, 0]


def test_what_belongs_to_codes_and_numbers_is_saved_with_them(tmp_path: Path) -> None:
    encoder = FeatureEncoder.fit(FRAME.lazy(), RICH.features)
    encoder.save(tmp_path)
    again = FeatureEncoder.load(tmp_path)
    assert again.layout == encoder.layout
    assert same(again.encode(FRAME), encoder.encode(FRAME))


def test_missing_groups_and_labels_are_named() -> None:
    without_user = FeatureEncoder.fit(FRAME.lazy(), SCHEMA.features[1:])
    with pytest.raises(DataError, match="group needs the column 'user'"):
        encode_examples(FRAME.drop("user"), without_user, SCHEMA)
    with pytest.raises(DataError, match="label of task 'click' reads the column 'click'"):
        encode_examples(FRAME.drop("click"), fit(), SCHEMA)


def test_one_numeric_feature_alone() -> None:
    encoder = FeatureEncoder.fit(FRAME.lazy(), SCHEMA.features[1:2])
    batch = encoder.encode(FRAME)
    assert (batch.ids_BF.shape, batch.ids_BF.dtype, batch.bags) == ((4, 0), np.dtype(np.int32), ())
    assert batch.numeric_BN.shape == (4, 2)


def test_one_categorical_feature_alone() -> None:
    batch = FeatureEncoder.fit(FRAME.lazy(), SCHEMA.features[:1]).encode(FRAME)
    assert (batch.numeric_BN.shape, batch.numeric_BN.dtype) == ((4, 0), np.dtype(np.float32))


def test_files_and_memory_fit_the_same(tmp_path: Path) -> None:
    big = FRAME.with_columns(user=pl.col("user") % 1000).sample(70_000, with_replacement=True, seed=1)
    big.write_parquet(tmp_path / "t.parquet", row_group_size=9_999)
    fit(big).save(tmp_path / "a")
    FeatureEncoder.fit(scan(tmp_path / "t.parquet"), SCHEMA.features).save(tmp_path / "b")
    for file in sorted((tmp_path / "a").iterdir()):
        assert (tmp_path / "b" / file.name).read_bytes() == file.read_bytes()


def test_a_table_of_kuairand(real_data: Path) -> None:
    frame = scan(real_data / "kuairand_pure" / "user_history_to_20220424.parquet")
    features = Schema.model_validate(
        {
            "features": [
                {"name": "user_id", "kind": "categorical", "min_count": 1},
                {"name": "watch_seq", "kind": "sequence", "max_length": 7, "min_count": 1},
            ],
            "tasks": [{"name": "y", "kind": "binary"}],
        }
    ).features
    head = frame.head(2000).collect()
    encoder = FeatureEncoder.fit(head.lazy(), features)
    batch = encoder.encode(head)
    users, kept = head["user_id"].unique().sort(), [row[-7:] for row in head["watch_seq"].to_list()]
    assert users[batch.ids_BF[:, 0] - 2].to_list() == head["user_id"].to_list()
    videos = sorted({video for row in kept for video in row})
    assert [[videos[c - 2] for c in row if c] for row in batch.bags[0].tolist()] == kept


def test_parts_of_times_are_encoded_as_in_training_after_save_and_load(tmp_path: Path) -> None:
    times = pl.datetime_range(datetime(2024, 1, 1), datetime(2024, 1, 20), "5h", eager=True).alias("at")
    features = [
        CategoricalFeature.model_validate(
            {"name": part, "column": "at", "kind": "categorical", "part": part, "min_count": 1}
        )
        for part in ("hour", "weekday", "day", "month")
    ]
    encoder = FeatureEncoder.fit(pl.LazyFrame([times]), features)
    encoder.save(tmp_path)
    loaded = FeatureEncoder.load(tmp_path)
    texts = times.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    expected = encoder.encode(pl.DataFrame([times])).ids_BF
    assert expected.max(axis=0).tolist() == [1 + 24, 1 + 7, 1 + 19, 1 + 1]
    for same in (times, texts, times.dt.epoch("s"), times.dt.epoch("ms")):
        assert loaded.encode(pl.DataFrame([same])).ids_BF.tolist() == expected.tolist()
    assert loaded.encode(pl.DataFrame({"at": [None]})).ids_BF.tolist() == [[0] * 4]
    assert loaded.text_columns == ()


def test_features_of_strangers_alone_are_named_with_a_value_that_was_seen() -> None:
    rows = pl.DataFrame({"c": ["a ", None, "z"], "l": [["x"], ["q"], []]})
    seen = pl.DataFrame({"c": ["a", "b"], "l": [["x"], ["y"]]})
    features: list[Feature] = [
        CategoricalFeature(name="c", kind="categorical", min_count=1),
        MultiCategoricalFeature(name="l", kind="multi_categorical", max_length=2, min_count=1),
    ]
    encoder = FeatureEncoder.fit(seen.lazy(), features)
    assert encoder.unseen(rows) == {"c": "a"}
    assert encoder.unseen(rows.head(0)) == encoder.unseen(seen) == {}
