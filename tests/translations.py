"""The texts of pages and their translations: what tests hold, and, run as a program, what is left to translate.

    PYTHONPATH=src:tests python -m translations

prints the entries that are missing, ready to be filled in and put into a file of src/taskfusion/report/locale/ja.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import taskfusion
from taskfusion.evaluate.metric import METRICS
from taskfusion.pilot.assign import CONTROL, TREATMENT
from taskfusion.report import glossary
from taskfusion.report.glossary import Term
from taskfusion.report.language import Language, speaking
from taskfusion.run.record.metrics import SplitName
from taskfusion.schema.task.table import KINDS
from taskfusion.study.baseline import BASELINE_LINES
from taskfusion.study.compare.comparison import BUDGET
from taskfusion.study.tune.trial import DIVERGED, STOPPED
from taskfusion.variants.table import VARIANTS

REPORT = Path(taskfusion.__file__).parent / "report"
LOCALE = REPORT / "locale"
_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext:babel_extract")]
_KEYWORDS = {"_": None, "N_": None, "gettext": None}
_OPTIONS = {"**/templates/**.html": {"newstyle_gettext": "true", "silent": "false", "trimmed": "true"}}
_DATA = ("code", "pre", "script", "style")
_SHOWN = ("title", "aria-label", "data-title")
_WORD = r"[A-Za-z][A-Za-z'\u2019]*"
_AUTHORS = re.compile(r"[A-Z]\w+ et al\.")
_SENTENCE = re.compile(rf"{_WORD}(?:[ ,;:]+{_WORD}){{2,}}")


@cache
def texts() -> Mapping[str, Sequence[str]]:
    """Every text that pages translate, with the places where it stands."""
    found: dict[str, list[str]] = {}
    for file, line, text, _comments, _context in extract_from_dir(REPORT, _METHODS, _OPTIONS, _KEYWORDS):
        assert isinstance(text, str), f"{file}:{line}: plural forms are two texts"
        found.setdefault(text, []).append(f"{file}:{line}")
    return found | {text: [where] for where, text in _of_tables() if text and text not in found}


def _of_tables() -> Iterator[tuple[str, str]]:
    """Texts of tables above report/, which pages show."""
    yield from (("SplitName", split) for split in get_args(SplitName))
    yield from (("pilot/assign.py", arm) for arm in (TREATMENT, CONTROL))
    terms = (term for group in vars(glossary).values() for term in (group if isinstance(group, tuple) else (group,)))
    yield from (("glossary.py", text) for term in terms if isinstance(term, Term) for text in (term.name, term.meaning))
    for metric in METRICS.values():
        yield from (("METRICS", text) for text in (metric.title, metric.description))
    yield from (("VARIANTS", variant.line) for variant in VARIANTS.values())
    yield from (("BASELINE_LINES", line) for line in BASELINE_LINES.values())
    yield from (("KINDS", kind) for kind in KINDS)
    yield from (("BUDGET", title) for title in (*BUDGET, "seeds", "tuning trials per model"))
    yield from (("tune", text) for text in ("evaluations per epoch", STOPPED, DIVERGED))
    for kind in KINDS.values():
        balance = kind.balance
        yield from (("KINDS", text) for text in (kind.lead_title, kind.loss_title, kind.mean_title, balance.title))


@cache
def catalogues(language: Language) -> dict[str, Catalog]:
    """The translations of a language, by file."""
    return {path.name: read_po(path.open("rb")) for path in sorted((LOCALE / language).glob("*.po"))}


def fields(text: str) -> set[str]:
    """Names in {} or in %()s of a text."""
    return set(re.findall(r"\{\w+(?:[:!][^}]*)?\}|%\(\w+\)s", text))


def calls(path: Path) -> Iterator[tuple[int, ast.expr]]:
    """Lines and first arguments of the translations that a file asks for."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "N_"):
            yield node.lineno, node.args[0]


class _Shown(HTMLParser):
    """Text of a page that people read, hovers included."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._within: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DATA:
            self._within.append(tag)
        self.found += [value for name, value in attrs if name in _SHOWN and value]

    def handle_endtag(self, tag: str) -> None:
        if tag in _DATA:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if not self._within:
            self.found.append(data)


def english_left(page: str, *names: str) -> list[str]:
    """Runs of three and more English words on a page.

    Args:
        page: HTML.
        names: what stays as it is, such as meanings of KPIs that users wrote.
    """
    left = []
    for shown in _Shown(page).found:
        text = _AUTHORS.sub("", shown)
        for name in names:
            text = text.replace(name, "")
        left += _SENTENCE.findall(text)
    return left


def in_japanese(draw: Callable[..., str], *arguments: object) -> str:
    """A page in Japanese."""
    with speaking("ja"):
        return draw(*arguments)


def missing(language: Language) -> list[str]:
    """Texts without a translation."""
    known = {str(one.id) for catalogue in catalogues(language).values() for one in catalogue if one.string}
    return [text for text in texts() if text not in known]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


if __name__ == "__main__":
    places = texts()
    for text in missing("ja"):
        print(f'# {places[text][0]}\nmsgid {_quoted(text)}\nmsgstr ""\n')
