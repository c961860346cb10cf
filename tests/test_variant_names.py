"""No list of variants stands anywhere but in the table."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import taskfusion
from taskfusion.variants.table import VARIANTS

ROOT = Path(taskfusion.__file__).parent
FILES = [
    path
    for path in sorted(ROOT.rglob("*.py"))
    if "variants" not in path.relative_to(ROOT).parts and path.name != "interop.py"  # which has names of others
]
NAME = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, VARIANTS))})(?![\w-])")
GROUPS = ast.List | ast.Tuple | ast.Set | ast.Dict


def _texts(node: ast.AST) -> str:
    """All texts in it, one after the other."""
    constants = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant))
    return " ".join(value for value in constants if isinstance(value, str))


def lists_of_variants(source: str) -> Iterator[str]:
    """Groups of texts that name two variants or more, and texts that name three; a text may compare two."""
    for node in ast.walk(ast.parse(source)):
        least = 2 if isinstance(node, GROUPS) else 3 if isinstance(node, ast.Constant | ast.JoinedStr) else None
        if least is not None and len(set(NAME.findall(_texts(node)))) >= least:
            yield _texts(node)


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_no_file_lists_variants(path: Path) -> None:
    assert list(lists_of_variants(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        '"""For ple, stem and cgc."""',
        'x = ("adatt", "adatt-sp")',
        'f"{x}, mmoe, mtan or {y}, ml-mmoe"',
        '{"stem": 1, "mtan": 2}',
    ],
)
def test_lists_are_found(source: str) -> None:
    assert list(lists_of_variants(source))


@pytest.mark.parametrize("source", ['"adatt-sp beside ple"', 'x.stem + "ple"', '"adatt, adatt-spx, multiple"'])
def test_single_names_and_other_words_are_none(source: str) -> None:
    assert not list(lists_of_variants(source))
