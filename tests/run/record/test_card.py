"""model_card.json: strict in every place."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from artifacts import require_strict
from cards import CARD
from taskfusion.run.record.card import CardFeature


def test_anything_else_is_refused_in_every_place(tmp_path: Path) -> None:
    require_strict(tmp_path / "model_card.json", CARD)


def test_a_role_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="role"):
        CardFeature.model_validate({"name": "a", "column": "a", "kind": "numeric", "role": "shop"})
