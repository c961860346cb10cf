"""Requests of /v1/rank are answered as their rows of a table are scored."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve.serving import ITEMS, REQUEST, TABLE
from taskfusion.base.errors import DataError
from taskfusion.serve.scorer import Scorer
from taskfusion.serve.worker.catalogue_file import read_catalogue
from taskfusion.serve.worker.counts import Counts
from taskfusion.serve.worker.model import Model
from taskfusion.serve.worker.ranking import Ranking, ids_of, require_finite
from taskfusion.serve.worker.refusal import RefusedError

IDS = ITEMS["item_id"].to_list()
WEIGHTS = {"click": 0.5, "reaction.hate": -2.0}


@pytest.fixture(scope="module")
def ranking(model: Model, items: Path) -> Ranking:
    names = model.prediction_names
    counts = Counts(names, [True] * len(names), {})
    return Ranking(model, read_catalogue(items, model, None), WEIGHTS, 30, counts)


def asked(ranking: Ranking, **content: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ranking.answer(json.dumps(content).encode())[0])
    return found


def test_the_answer_is_the_order_of_the_scores(ranking: Ranking, model: Model, scorer: Scorer) -> None:
    found = asked(ranking, request=REQUEST, candidates=["nobody", *IDS])
    table = scorer.score(ITEMS.join(TABLE[:1].drop("item_id", "tags"), how="cross"))
    score = table.select(*WEIGHTS).to_numpy() @ np.asarray(list(WEIGHTS.values()))
    assert found["unknown"] == ["nobody"]
    assert found["counts"]["candidates"] == 21
    assert found["counts"]["scored"] == 20
    order = [place - 1 for place in found["order"]]
    assert sorted(order) == list(range(20))
    np.testing.assert_allclose(found["score"], score[order], rtol=1e-5, atol=1e-6)
    assert (np.diff(found["score"]) <= 0).all()
    for name in model.prediction_names:
        np.testing.assert_allclose(found["predictions"][name], table[name].to_numpy()[order], rtol=1e-5, atol=1e-6)
    assert asked(ranking, request=REQUEST, candidates=IDS, top=2.0) == asked(
        ranking, request=REQUEST, candidates=IDS, top=2
    )
    first = asked(ranking, request=REQUEST, candidates=["nobody", *IDS], top=3)
    assert (first["order"], first["score"]) == (found["order"][:3], found["score"][:3])


def test_no_candidates_are_an_empty_answer(ranking: Ranking) -> None:
    found = asked(ranking, request=REQUEST, candidates=[])
    assert (found["order"], found["score"], found["predictions"]["click"]) == ([], [], [])


def test_missing_and_unseen_values_are_told(ranking: Ranking) -> None:
    found = asked(ranking, request={**REQUEST, "age": None, "user_id": 5}, candidates=[IDS[0]])["counts"]
    assert found["missing"]["age"] == 1
    assert found["unseen"]["user_id"] == 1


@pytest.mark.parametrize(
    ("content", "status", "message"),
    [
        ({"candidates": []}, 422, "'request' should be an object"),
        ({"request": REQUEST}, 422, "'candidates' should be a list"),
        ({"request": REQUEST, "candidates": {}}, 422, "'candidates' should be a list"),
        ({"request": [], "candidates": []}, 422, "'request' should be an object"),
        ({"request": REQUEST, "candidates": [1] * 31}, 413, "at most 30, found 31"),
        ({"request": REQUEST, "candidates": [], "top": 0}, 422, "'top' should be a whole number"),
        ({"request": REQUEST, "candidates": [], "top": True}, 422, "'top' should be a whole number"),
        ({"request": REQUEST, "candidates": [], "tops": 1}, 422, "did you mean 'top'"),
    ],
)
def test_other_documents_are_refused(content: dict[str, Any], status: int, message: str, ranking: Ranking) -> None:
    with pytest.raises(RefusedError, match=message) as found:
        asked(ranking, **content)
    assert found.value.status == status


def test_a_value_that_is_left_out_is_named(ranking: Ranking) -> None:
    with pytest.raises(DataError, match="'age', which request lacks"):
        asked(ranking, request={"user_id": 1}, candidates=[])


def test_predictions_that_are_no_numbers_are_not_given() -> None:
    require_finite(np.zeros((1, 1), dtype=np.float32))
    with pytest.raises(RefusedError, match="not finite"):
        require_finite(np.asarray([[np.nan]], dtype=np.float32))


_VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.lists(st.integers())
_CANDIDATES = st.lists(_VALUES | st.dictionaries(st.sampled_from(["id", "video", "age"]), _VALUES), max_size=5)
_WITH_IDS = st.lists(st.fixed_dictionaries({"id": st.integers() | st.text(max_size=3), "age": st.floats()}), max_size=5)


@given(_CANDIDATES | _WITH_IDS, st.sampled_from([None, "video"]))
def test_an_id_stands_alone_or_among_raw_values(candidates: list[Any], column: str | None) -> None:
    found = ids_of(candidates, column)
    for one, candidate in zip(found, candidates, strict=True):
        named = candidate
        if isinstance(candidate, dict):
            named = candidate["id"] if "id" in candidate else candidate.get(column)
        is_id = isinstance(named, int | str) and not isinstance(named, bool)
        assert one == (named if is_id else None)
