import json

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from taskfusion.report.chart import Chart
from taskfusion.report.page import chart_json


def test_a_figure_cannot_close_its_script() -> None:
    chart = Chart(go.Figure(go.Scatter(x=[1], y=[2], name="</script><script>alert(1)</script>")), "label")
    content = chart_json(chart)
    assert "<" not in content
    assert json.loads(content)["data"][0]["name"] == "</script><script>alert(1)</script>"


def test_a_figure_carries_its_data_but_no_theme() -> None:
    content = json.loads(chart_json(Chart(go.Figure(go.Scatter(x=[1, 2], y=[None, 0.5])), "label")))
    assert content["data"] == [{"type": "scatter", "x": [1, 2], "y": [None, 0.5]}]
    assert "template" not in content["layout"]


def test_what_is_not_a_number_is_null() -> None:
    content = json.loads(chart_json(Chart(go.Figure(go.Scatter(y=[float("nan"), float("inf")])), "label")))
    assert content["data"][0]["y"] == [None, None]


def test_the_plotting_script_cannot_close_itself() -> None:
    assert "</script" not in get_plotlyjs().lower()
