"""A memo survives JSON."""

from pilot.logs import charter, kpi
from pilot.worlds import START, world
from taskfusion.pilot.analyse import analyse
from taskfusion.run.record.pilot_memo import PilotMemo


def test_a_memo_survives_json() -> None:
    content = charter(percent=50, start=START)
    kpis = {"click": kpi("click"), "watch": kpi("watch", "quality")}
    memo = analyse(content, kpis, world(content, 500, 8).lazy(), "log")
    assert PilotMemo.model_validate_json(memo.model_dump_json()) == memo
