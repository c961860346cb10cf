"""Ids and raw values in any mixture are the same candidates."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from serve.serving import ITEMS, REQUEST
from taskfusion.serve.worker.candidates import CandidateReader, Candidates
from taskfusion.serve.worker.catalogue import Catalogue
from taskfusion.serve.worker.catalogue_file import read_catalogue
from taskfusion.serve.worker.model import Model
from taskfusion.serve.worker.refusal import RefusedError

ROWS: list[dict[str, Any]] = ITEMS.rows(named=True)
IDS: list[Any] = ITEMS["item_id"].to_list()


@pytest.fixture(scope="module")
def catalogue(model: Model, items: Path) -> Catalogue:
    return read_catalogue(items, model, None)


def scores(model: Model, candidates: Candidates) -> np.ndarray:
    request = model.raw.rows([REQUEST], model.features["request"], "request")
    return model.score(request, candidates.items, candidates.row_B, candidates.own)


def test_ids_raw_values_and_both_give_the_same_scores(model: Model, catalogue: Catalogue) -> None:
    named = CandidateReader(model, catalogue).read(IDS)
    raw = CandidateReader(model, None).read(ROWS)
    mixed = CandidateReader(model, catalogue).read([row if place % 3 else IDS[place] for place, row in enumerate(ROWS)])
    for found in (raw, mixed):
        np.testing.assert_allclose(scores(model, found), scores(model, named), rtol=1e-5, atol=1e-6)
        assert (found.missing, found.unseen, found.unknown) == (named.missing, named.unseen, [])
        assert found.place_B.tolist() == list(range(len(ROWS)))


def test_unknown_ids_are_named_and_the_rest_is_read(model: Model, catalogue: Catalogue) -> None:
    found = CandidateReader(model, catalogue).read(["nobody", IDS[4], 7, {"id": "none"}, {"id": IDS[1]}])
    assert found.unknown == ["nobody", 7, "none"]
    assert found.place_B.tolist() == [1, 4]
    assert found.row_B.tolist() == [4, 1]


def test_an_unknown_id_with_the_values_of_an_item_is_read(model: Model, catalogue: Catalogue) -> None:
    found = CandidateReader(model, catalogue).read([IDS[0], {"id": "new", "item_id": "new", "tags": None}])
    assert found.unknown == []
    assert (found.missing, found.unseen) == ({"tags": 1}, {"item_id": 1})
    assert found.place_B.tolist() == [0, 1]


def test_no_candidates_are_none(model: Model, catalogue: Catalogue) -> None:
    for reader in (CandidateReader(model, catalogue), CandidateReader(model, None)):
        found = reader.read([])
        assert len(found.row_B) == 0


@pytest.mark.parametrize("one", [None, True, 1.5, [1], {"id": None}, {"id": [1]}, {"id": True}])
def test_other_things_are_no_candidates(one: Any, model: Model, catalogue: Catalogue) -> None:
    with pytest.raises(RefusedError, match="a candidate should be an id of the catalogue"):
        CandidateReader(model, catalogue).read([IDS[0], one])


@pytest.mark.parametrize("one", [None, "v1", 3, [1]])
def test_without_a_catalogue_candidates_are_objects(one: Any, model: Model) -> None:
    with pytest.raises(RefusedError, match=r"should be an object with item_id, tags, found .*--items"):
        CandidateReader(model, None).read([ROWS[0], one])
