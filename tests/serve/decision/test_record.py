"""Names and types of the columns."""

import re
from pathlib import Path

from taskfusion.serve.decision.record import COLUMNS, FLOATS, PREDICTION, schema_of


def test_predictions_are_the_last_columns() -> None:
    schema = schema_of(["click", "rating.5"])
    assert schema.names == [*COLUMNS, "prediction.click", "prediction.rating.5"]
    assert schema.types[-2:] == [FLOATS, FLOATS]
    assert schema.metadata == {b"specversion": b"1.0", b"type": b"taskfusion.decision"}


def test_the_page_has_every_column() -> None:
    page = (Path(__file__).parents[3] / "docs/serving.md").read_text(encoding="utf-8")
    table = page.partition("## The decision log\n")[2].partition("```")[0]
    assert re.findall(r"^\| `([\w.]+)` \|", table, re.MULTILINE) == [*COLUMNS, f"{PREDICTION}NAME"]
