"""Attributions as records: strict in every place."""

from typing import Any

import pytest
from pydantic import ValidationError

from attribution_records import ATTRIBUTION, ROW
from taskfusion.base.record import Record


@pytest.mark.parametrize("record", [ATTRIBUTION, ROW], ids=["columns", "row"])
def test_they_are_read_as_they_are_written_and_nothing_else_is(record: Record) -> None:
    kind = type(record)
    assert kind.model_validate_json(record.model_dump_json()) == record
    content: dict[str, Any] = record.model_dump(mode="json")
    with pytest.raises(ValidationError, match="mood"):
        kind.model_validate({**content, "mood": "good"}, strict=False)
    nameless = {key: value for key, value in content["tasks"][0].items() if key != "task"}
    with pytest.raises(ValidationError, match=r"tasks\.0\.task"):
        kind.model_validate({**content, "tasks": [nameless]}, strict=False)
