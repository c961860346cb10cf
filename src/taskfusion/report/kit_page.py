"""A kit as one page, to be read and printed: what is open, then every file of it."""

import re
from collections.abc import Mapping
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from taskfusion.report.box import KeyFigure, VerdictBox
from taskfusion.report.kit import INDEX, MARKS, NOBODY, KitProject, checks, open_places
from taskfusion.report.language import Language, _, speaking
from taskfusion.report.page import render

_BOXES: Final = {"[x] ": "☑ ", "[ ] ": "☐ "}


def kit_page(project: KitProject, files: Mapping[str, str], language: Language) -> str:
    """The page as HTML; it opens offline.

    Args:
        project: what the files are filled with.
        files: text by name, as kit_files gives them.
        language: of these files.
    """
    shown, places = [name for name in files if name != INDEX], open_places(files, language)
    with speaking(language):
        return render(
            "kit.html",
            title=project.name,
            box=_box(project, sum(places.values())),
            names=[(name, _anchor(name), places.get(name)) for name in shown],
            sections=[(_anchor(name), name, _section(name, files[name], MARKS[language])) for name in shown],
        )


def _box(project: KitProject, count: int) -> VerdictBox:
    owned = sum(kpi.owner != NOBODY for kpi in project.kpis)
    done, every = sum(one.is_done for one in checks(project.audit)), len(checks(project.audit))
    places = project.places
    if project.audit:
        audited = _(
            "The audit found {done} of {every} points in order; the checklist has the others.", done=done, every=every
        )
        following = f"taskfusion pilot plan {places.charter} --log LOG --out plan"
        why = _("says whether a pilot by this charter is large enough")
    else:
        audited = _("Nobody has audited the table yet; begin with that.")
        following = f"taskfusion audit {places.experiment} --kpi {places.kpi} --out audit"
        why = _("says what is wrong with the table; make the kit again afterwards")
    return VerdictBox(
        _("{count} values are left to people", count=count) if count else _("Every value is known"),
        "unclear" if count else "better",
        [audited, _("What is marked below is not known to any file of the project; beside it stands who knows.")],
        None,
        [
            KeyFigure(_("KPIs"), str(len(project.kpis))),
            KeyFigure(_("KPIs with an owner"), str(owned)),
            KeyFigure(_("tasks"), str(len(project.tasks))),
        ],
        following,
        why,
    )


def _anchor(name: str) -> str:
    return name.removesuffix(".md").replace(".", "-")


def _section(name: str, text: str, mark: str) -> Markup:
    """A file as HTML, its marks made visible."""
    html = _markdown(text) if name.endswith(".md") else f"<h2>{escape(name)}</h2>\n<pre>{escape(text)}</pre>\n"
    return Markup(html.replace(mark, f"<mark>{mark}</mark>"))


def _markdown(text: str) -> str:
    """Markdown as HTML below the title of a page: headings one level down, links to files that stand here."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{int(token.tag[1:]) + 1}"
        for child in token.children or ():
            _point_here(child)
    html = str(parser.renderer.render(tokens, parser.options, {}))
    html = html.replace("<table>", '<div class="scroll"><table>').replace("</table>", "</table></div>")
    return re.sub(r"<li>(\[[x ]\] )", lambda found: f'<li class="box">{_BOXES[found[1]]}', html)


def _point_here(token: Token) -> None:
    target = token.attrs.get("href")
    if isinstance(target, str) and "/" not in target:
        token.attrs["href"] = f"#{_anchor(target)}"
