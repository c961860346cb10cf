"""What all tasks have in common, and what lists of label values must be."""

import pytest
from pydantic import TypeAdapter, ValidationError

from taskfusion.schema.task.base import LabelValues, TaskBase, require_values

VALUES = TypeAdapter(LabelValues)


def test_a_label_is_the_column_of_its_name_where_it_is_left_out() -> None:
    assert TaskBase(name="click").label_expression == "click"
    assert TaskBase(name="click", label="clicks > 0").label_expression == "clicks > 0"
    assert TaskBase(name="click").prediction_names == ("click",)


def test_values_are_numbers_or_texts_and_no_booleans() -> None:
    assert VALUES.validate_python([3, 1]) == (3, 1)
    assert VALUES.validate_python(["b", "a"]) == ("b", "a")
    with pytest.raises(ValidationError, match="put them in quotes"):
        VALUES.validate_python([True, False])
    with pytest.raises(ValidationError):
        VALUES.validate_python([1])


def test_values_that_cannot_be_told_apart_and_a_truth_are_refused() -> None:
    require_values(TaskBase(name="stars"), (1, 2), "level", "levels")
    with pytest.raises(ValueError, match="task 'stars' names a level twice in levels"):
        require_values(TaskBase(name="stars"), (1, 2, 1), "level", "levels")
    with pytest.raises(ValueError, match="has a truth"):
        require_values(TaskBase(name="stars", truth="true_stars"), (1, 2), "level", "levels")
