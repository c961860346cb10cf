"""Pages that need nothing but themselves: style, script and figures are inlined, and nothing is loaded."""

from functools import cache
from typing import Any

import plotly.io
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from taskfusion import __version__
from taskfusion.report.chart import Chart


def render(template: str, **content: Any) -> str:  # noqa: ANN401  whatever the template shows
    """A page as HTML; every string of the content is escaped.

    Args:
        template: file name under templates.
        content: what the template shows; a Chart is drawn by the macro "chart".
    """
    page = _environment().get_template(template)
    return page.render(plotly=Markup(get_plotlyjs()), version=__version__, **content)


def fragment(template: str, **content: Any) -> str:  # noqa: ANN401  whatever the template shows
    """A part of a page as HTML, without figures and scripts; every string of the content is escaped."""
    return _environment().get_template(template).render(**content)


def chart_json(chart: Chart) -> Markup:
    """Data and layout of a figure as JSON that may stand inside a script element."""
    figure = chart.figure.to_plotly_json()
    figure["layout"].pop("template", None)
    content = {"data": figure["data"], "layout": figure["layout"]}
    return Markup(plotly.io.json.to_json_plotly(content).replace("<", "\\u003c"))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("taskfusion.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["chart_json"] = chart_json
    return environment
