"""The file of traffic: defaults that say one million requests a day, and what is refused by name."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from taskfusion.base.errors import ExperimentError
from taskfusion.config.traffic import Traffic, read_traffic


def test_left_out_it_is_a_million_requests_a_day() -> None:
    traffic = Traffic()
    assert traffic.hours_per_million == pytest.approx(24)
    assert traffic.peak == 2 * traffic.requests_per_second
    assert traffic.pairs == 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"requests_per_second": 10, "peak_per_second": 5}, "peak_per_second should be at least"),
        ({"users": 10}, "go together"),
        ({"freshness_hours": {"click": 24}}, "needs users and items_per_user"),
        ({"headroom": 1}, "less than 1"),
        ({"candidates": 0}, "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Traffic.model_validate(given)


def test_a_file_says_which_key_is_not_known(tmp_path: Path) -> None:
    file = tmp_path / "traffic.yaml"
    file.write_text("requests_per_secnd: 3\n", encoding="utf-8")
    with pytest.raises(ExperimentError, match="did you mean 'requests_per_second'"):
        read_traffic(file)
    file.write_text("requests_per_second: 3\nusers: 10\nitems_per_user: 7\n", encoding="utf-8")
    assert read_traffic(file).pairs == 70
    with pytest.raises(ExperimentError, match="no file of traffic"):
        read_traffic(tmp_path / "none.yaml")


def test_limits_are_of_tasks_that_there_are() -> None:
    traffic = Traffic(users=1, items_per_user=1, freshness_hours={"clik": 24})
    with pytest.raises(ExperimentError, match="'clik'; did you mean 'click'"):
        traffic.require_tasks(["click", "like"])
    with pytest.raises(ExperimentError, match="found 'z'; the tasks are click"):
        Traffic(most_loss={"z": 1.0}).require_tasks(["click"])
    traffic.require_tasks(["clik"])
