"""Counts of columns and predictions, against counting one by one."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve.conftest import Exported
from support import log_table
from taskfusion.base.record import write_artifact
from taskfusion.data.rows import MISSING, UNSEEN
from taskfusion.serve.reference import (
    PROBABILITY_EDGES,
    REFERENCE,
    Histogram,
    ReferenceFeature,
    ReferenceRecord,
    ReferenceScores,
    reference_of,
    reference_scores,
)

TABLE = log_table(500, 4).with_columns(
    item_id=pl.when(pl.int_range(500) % 10 == 0).then(pl.lit("new")).otherwise("item_id"),
    user_id=pl.when(pl.int_range(500) % 4 == 0).then(None).otherwise("user_id"),
)


@pytest.fixture
def reference(exported: Exported) -> ReferenceRecord:
    rows = exported.encoder.encode(TABLE)
    random = np.random.default_rng(0)
    scores = {"click": random.random(500), "seconds": random.exponential(9, 500)}
    missing = {"age": TABLE["age"].is_null().to_numpy()}
    return reference_of("test rows", rows, exported.encoder.layout, missing, scores, ["click"])


def _feature(reference: ReferenceRecord, name: str) -> ReferenceFeature:
    return next(one for one in reference.features if one.name == name)


@given(st.lists(st.floats(-50, 50)), st.lists(st.floats(-40, 40), unique=True).map(sorted))
def test_a_histogram_counts_every_number_once(values: list[float], edges: list[float]) -> None:
    found = Histogram.of(np.array(values), edges)
    bounds = [-np.inf, *edges, np.inf]
    plain = [sum(low < v <= high for v in values) for low, high in pairwise(bounds)]
    assert found.counts == plain


def test_edges_of_probabilities_are_half_a_logit_apart() -> None:
    edges = np.array(PROBABILITY_EDGES)
    np.testing.assert_allclose(np.diff(np.log(edges / (1 - edges))), 0.5)


def test_shares_of_missing_and_unseen_are_those_of_the_table(reference: ReferenceRecord) -> None:
    assert _feature(reference, "user_id").missing == 0.25
    assert _feature(reference, "item_id").unseen == pytest.approx(0.1)
    assert _feature(reference, "age").missing == TABLE["age"].null_count() / 500
    no_tags = TABLE["tags"].eq("").sum()
    assert _feature(reference, "tags").missing == pytest.approx(no_tags / 500)


def test_codes_are_counted_whole(reference: ReferenceRecord, exported: Exported) -> None:
    code_B = exported.encoder.encode(TABLE).ids_BF[:, 0]
    found = _feature(reference, "user_id")
    assert all(int((code_B == code).sum()) == count for code, count in found.codes.items())
    assert len(found.codes) == 20
    assert min(found.codes) > UNSEEN > MISSING
    assert sum(found.codes.values()) + found.other_codes == 375


def test_numbers_lie_evenly_between_their_own_twentieths(reference: ReferenceRecord) -> None:
    found = _feature(reference, "age").histogram
    assert found is not None
    assert sum(found.counts) == 500 - TABLE["age"].null_count()
    assert max(found.counts) - min(found.counts) <= 2
    seconds = next(one for one in reference.scores if one.name == "seconds").histogram
    assert seconds.counts == [25] * 20


def test_it_holds_no_row_and_reads_back(reference: ReferenceRecord) -> None:
    text = reference.model_dump_json()
    assert "v1" not in text
    assert str(TABLE["user_id"][1]) not in text
    assert ReferenceRecord.model_validate_json(text) == reference


def test_a_column_without_a_value_has_one_bucket() -> None:
    assert Histogram.of(np.zeros(0), []).counts == [0]


def test_predictions_are_those_of_the_file(tmp_path: Path) -> None:
    assert reference_scores(tmp_path) == {}
    one = ReferenceScores(name="click", mean=0.25, histogram=Histogram(edges=[], counts=[1]))
    write_artifact(tmp_path / REFERENCE, ReferenceRecord(origin="test rows", rows=1, scores=(one,), features=()))
    assert reference_scores(tmp_path) == {"click": one}
