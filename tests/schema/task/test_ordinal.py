"""What levels an ordinal task may name."""

import pytest
from pydantic import ValidationError

from taskfusion.schema.task.ordinal import OrdinalTask


def test_predictions_are_named_by_task_and_level_in_the_order_of_the_file() -> None:
    task = OrdinalTask.model_validate({"name": "mood", "kind": "ordinal", "levels": ["low", "middle", "high"]})
    assert task.levels == ("low", "middle", "high")
    assert task.prediction_names == ("mood.low", "mood.middle", "mood.high")


@pytest.mark.parametrize(
    ("levels", "words"),
    [([1, 2, 1], "names a level twice in levels"), ([1], "at least 2"), ([True, False], "put them in quotes")],
)
def test_levels_that_cannot_be_learned_are_refused(levels: list[object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        OrdinalTask.model_validate({"name": "stars", "kind": "ordinal", "levels": levels})
