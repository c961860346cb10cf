from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from taskfusion.serve.row.kind import plain, type_name, zone_of

ROME = ZoneInfo("Europe/Rome")
VALUES: list[Any] = [
    *[None, True, 1, 2**63, 2**64, -(2**63) - 1, 2**127, 1.5, "a", b"x", date(2024, 1, 1), time(1), timedelta(1)],
    *[datetime(2024, 1, 1), datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=ROME), Decimal("1.50")],
    *[[], [None], [None, 1], ["a"], [[]], [[], [0]], [[], [None, ["a"]]], (1, 2), {"a": 1, "b": "c"}, [{"a": [1]}]],
    object(),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: str(value)[:15])
def test_a_value_has_the_type_of_a_column_of_it(value: Any) -> None:
    assert type_name(value) == str(pl.DataFrame({"x": [value]})["x"].dtype)


def test_values_of_numpy_become_those_of_python() -> None:
    found = [plain(value) for value in (np.int8(3), np.float32(0.5), np.bool_(True), np.array([1, 2]), "a")]
    assert found == [3, 0.5, True, [1, 2], "a"]
    assert [type(value) for value in found] == [int, float, bool, list, str]


def test_a_zone_without_a_name_is_shown_in_utc() -> None:
    assert [zone_of(datetime(2024, 1, 1, tzinfo=zone)) for zone in (ROME, UTC)] == ["Europe/Rome", "UTC"]


def test_a_name_is_short_however_deep_and_wide_a_value_is() -> None:
    deep: Any = 1
    for number in range(5000):
        deep = [deep] if number % 2 else {"a": deep}
    assert type_name(deep).count("(") < 20
    wide = {str(number): number for number in range(5000)}
    assert type_name(wide).endswith("'15': Int64, ...})")
    nested: Any = []
    for _ in range(5000):
        nested = [nested]
    assert len(type_name(nested)) < 200
