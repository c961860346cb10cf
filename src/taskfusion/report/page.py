"""Pages that need nothing but themselves: style, script and figures are inlined, and nothing is loaded."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from taskfusion import __version__
from taskfusion.report import number
from taskfusion.report.language import _, spoken


def render(template: str, **content: Any) -> str:  # noqa: ANN401  whatever the template shows
    """A page as HTML, in the language that is spoken; every string of the content is escaped.

    Args:
        template: file name under templates.
        content: what the template shows; a figure is drawn by the macro "figure".
    """
    return _environment().get_template(template).render(version=__version__, language=spoken(), **content)


def fragment(template: str, **content: Any) -> str:  # noqa: ANN401  whatever the template shows
    """A part of a page as HTML, without figures and scripts; every string of the content is escaped."""
    return _environment().get_template(template).render(**content)


def _percentage(value: float) -> str:
    """A coordinate of a figure, in percent of its width or height."""
    return f"{value:.2f}".rstrip("0").rstrip(".") + "%"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("taskfusion.report"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["_"] = _
    environment.filters["percentage"] = _percentage
    environment.filters["label_mean"] = number.label
    return environment
