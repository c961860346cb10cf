"""A charter is strict, and names KPIs of the registry."""

from pathlib import Path

import pytest

from taskfusion.base.errors import ExperimentError
from taskfusion.config.charter import read_charter

_KPI = "delay_days: 0, owner: me, unit: per row"
KPIS = f"""
kpis:
  - {{name: click, meaning: Clicks, event: click, direction: up, role: success, least_effect: 0.02, {_KPI}}}
  - {{name: hate, meaning: Dislikes, event: hate, direction: down, role: guardrail, least_effect: 0.05, {_KPI}}}
"""
CHARTER = "name: p\nmetrics: [{kpi: click, value: click}, {kpi: hate, value: hate}]\nunit: user\ntime: day\n"


def _read(folder: Path, text: str) -> object:
    (folder / "kpi.yaml").write_text(KPIS)
    (folder / "charter.yaml").write_text(text)
    return read_charter(folder / "charter.yaml")


def test_it_is_read_with_its_kpis(tmp_path: Path) -> None:
    _read(tmp_path, CHARTER)
    charter, kpis = read_charter(tmp_path / "charter.yaml")
    assert list(kpis) == ["click", "hate"]
    assert charter.kpis == str(tmp_path / "kpi.yaml")
    assert (charter.percent, charter.looks, charter.metrics[0].per) == (5, 4, "row")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            CHARTER.replace("click, value", "clicks, value"),
            "hold the KPI 'clicks' of the charter; did you mean 'click'",
        ),
        (CHARTER.replace("{kpi: click, value: click}, ", ""), "should read a KPI whose role is success"),
        (CHARTER.replace("kpi: hate", "kpi: click"), "'click' stands there twice"),
        (CHARTER + "percent: 60", "percent: should be at most 50, found 60"),
        (CHARTER + "day: 3", "'day' is not a known key; did you mean 'days'"),
        (CHARTER + "kpis: none.yaml", "no KPI registry can be read"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        _read(tmp_path, text)
