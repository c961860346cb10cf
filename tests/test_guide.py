"""The guide is the same in every language, its figures are those of other pages, and nothing is half translated."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "guide"
NAMES = sorted(path.name for path in (GUIDE / "en").glob("*.md"))
PAGES = [GUIDE / language / name for language in ("en", "ja") for name in NAMES]
IDS = [str(page.relative_to(GUIDE)) for page in PAGES]

FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
CITATION = re.compile(r"<!-- from (\S+): (.*?) -->")
DECIMAL = re.compile(r"\d[\d,]*\.\d+|\d+,\d{3}")
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
ENGLISH = re.compile(r"(?:\b[A-Za-z][a-z']+\b[ ,]+){5,}")
"""Six words in a row."""


def _plain(text: str) -> str:
    """What people read: without code, comments and targets of links."""
    text = FENCE.sub("", text)
    return re.sub(r"<!--.*?-->|`[^`]*`|\]\([^)]*\)", "", text, flags=re.DOTALL)


def _headings(page: Path) -> list[str]:
    return re.findall(r"^(#+) ", FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)


def test_both_languages_have_the_same_pages() -> None:
    assert sorted(path.name for path in (GUIDE / "ja").iterdir()) == NAMES
    assert sorted(path.name for path in (GUIDE / "en").iterdir()) == NAMES
    for language in ("en", "ja"):
        linked = set(re.findall(r"\]\(([^)\s]+\.md)\)", (GUIDE / language / "README.md").read_text("utf-8")))
        assert {name for name in linked if "/" not in name} == set(NAMES) - {"README.md"}


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_say_the_same(name: str) -> None:
    english, japanese = (GUIDE / language / name for language in ("en", "ja"))
    texts = [page.read_text("utf-8") for page in (english, japanese)]
    assert _headings(english) == _headings(japanese)
    for part in (FENCE, CITATION, re.compile(r"^ *(?:[-*]|\d+\.) ", re.MULTILINE), re.compile(r"^\|", re.MULTILINE)):
        first, second = ([re.sub(r"^ +", "", str(one)) for one in part.findall(text)] for text in texts)
        assert first == second
    targets = [sorted(re.findall(r"\]\(([^)]+)\)", text)) for text in texts]
    assert targets[0] == [target.replace("../en/", "../ja/") for target in targets[1]]


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text("utf-8")):
        path, _, heading = target.partition("#")
        assert (page.parent / path).is_file(), target
        titles = re.findall(r"^#+ (.*)", (page.parent / path).read_text("utf-8"), re.MULTILINE)
        assert not heading or heading in {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in titles}


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_figures_stand_in_the_pages_that_they_are_from(page: Path) -> None:
    for source, figure in CITATION.findall(page.read_text("utf-8")):
        assert figure in (ROOT / source).read_text("utf-8"), f"{source} has no '{figure}' any more: mend the sentence"


def _items(text: str) -> Iterator[str]:
    """Paragraphs and items of lists, with the comments behind them."""
    yield from re.split(r"\n\s*\n|\n(?=- |\d+\. )", FENCE.sub("", text))


@pytest.mark.parametrize("page", [page for page in PAGES if CITATION.search(page.read_text("utf-8"))])
def test_every_figure_has_a_source(page: Path) -> None:
    for item in _items(page.read_text("utf-8")):
        cited = set(DECIMAL.findall(" ".join(figure for _, figure in CITATION.findall(item))))
        assert set(DECIMAL.findall(_plain(item))) <= cited, item


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_no_page_is_half_translated(page: Path) -> None:
    if page.name == "meeting-phrases.md":
        return
    language, text = page.parent.name, _plain(page.read_text("utf-8"))
    if language == "en":
        assert not JAPANESE.search(re.sub(r"\[日本語版", "", text))
        return
    assert not ENGLISH.search(text)
    for line in text.splitlines():
        words = re.sub(r"[|\-\s#]", "", line)
        assert JAPANESE.search(line) or not re.search(r"[A-Za-z]", words) or line.startswith("## "), line


def test_phrases_stand_in_both_languages() -> None:
    rows = {
        language: [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in (GUIDE / language / "meeting-phrases.md").read_text("utf-8").splitlines()
            if line.startswith("| ") and not line.startswith("| ---")
        ]
        for language in ("en", "ja")
    }
    for english, japanese in zip(rows["en"], rows["ja"], strict=True):
        if english[1] != "English":
            assert english[1:] == [japanese[2], japanese[1]]
            assert all(JAPANESE.search(cell) for cell in japanese[:2])
            assert not JAPANESE.search(japanese[2])


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_japanese_is_written_as_people_write_it(page: Path) -> None:
    """Full-width brackets, no space before a percent sign, one line per sentence group, one style."""
    if page.parent.name == "en":
        return
    text = _plain(page.read_text("utf-8"))
    for line in text.splitlines():
        assert not re.search(r"[\u3040-\u30ff\u4e00-\u9fff]\(|\)[\u3040-\u30ff\u4e00-\u9fff]", line), line
    if page.name != "meeting-phrases.md":
        assert not re.search(r"\d %", text)
