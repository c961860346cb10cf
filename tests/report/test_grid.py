"""Tables that fit: at any width all names and numbers are there, whole."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from taskfusion.report.grid import Grid

WORDS = st.text(alphabet="abc_-", min_size=1, max_size=14)
NUMBERS = st.from_regex(r"-?[0-9]{1,6}\.[0-9]{2}", fullmatch=True)


def shown(grid: Grid, width: int) -> str:
    text = io.StringIO()
    Console(file=text, width=width, color_system=None, markup=False, emoji=False).print(grid)
    return text.getvalue()


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    columns = draw(st.integers(1, 12))
    heads = draw(st.lists(WORDS, min_size=columns + 1, max_size=columns + 1))
    names = draw(st.lists(WORDS, min_size=1, max_size=12))
    rows = [[name, *draw(st.lists(NUMBERS, min_size=columns, max_size=columns))] for name in names]
    return Grid(draw(WORDS), heads, rows)


@given(grids(), st.integers(40, 120))
def test_nothing_is_cut_and_every_line_fits(grid: Grid, width: int) -> None:
    text = shown(grid, width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    bare = text.split()
    assert not [cell for row in grid.rows for cell in row[1:] if cell not in bare]
    letters = re.sub(r"\s", "", text)
    for name in [*grid.headings, *(row[0] for row in grid.rows)]:
        pieces = [piece for piece in re.split(r"(?<=[_-])", name) if piece]
        assert all(piece in letters for piece in pieces)
        assert name in bare or len(pieces) > 1


@given(grids())
def test_with_room_enough_it_is_one_table_as_it_is(grid: Grid) -> None:
    lines = shown(grid, 400).splitlines()
    assert lines[0] == grid.title
    assert [line.split() for line in lines[-len(grid.rows) :]] == [list(row) for row in grid.rows]


def test_turned_twice_it_is_as_before() -> None:
    grid = Grid("", ["a", "b", "c"], [["x", "1", "2"], ["y", "3", "4"]])
    again = grid.turned().turned()
    assert [list(again.headings), *map(list, again.rows)] == [list(grid.headings), *grid.rows]


NAMES = ["click", "long_view", "watch_ratio", "like", "profile_enter", "dislike"]


def _compared(tasks: int, methods: int) -> Grid:
    names = [NAMES[index % 6] + ("" if index < 6 else f"_{index}") for index in range(tasks)]
    rows = [[f"method-{index}", *["0.8234"] * tasks, "12"] for index in range(methods)]
    return Grid("test rows", ["variant", *(f"{name} NE" for name in names), "seconds"], rows)


@pytest.mark.parametrize(
    ("tasks", "methods", "width", "headings"),
    [
        (2, 8, 120, ["variant click NE long_view NE seconds"]),
        (6, 8, 80, ["variant " + " ".join(["NE"] * 6) + " seconds"]),
        (20, 3, 80, ["variant method-0 method-1 method-2"]),
        (6, 8, 72, ["variant NE NE NE NE NE NE", "variant seconds"]),
    ],
    ids=["fits", "headings are folded", "many tasks are rows", "too wide either way"],
)
def test_the_way_it_is_made_to_fit_is_the_least(tasks: int, methods: int, width: int, headings: list[str]) -> None:
    lines = [" ".join(line.split()) for line in shown(_compared(tasks, methods), width).splitlines()]
    assert [line for line in lines if line.startswith("variant")] == headings


def test_headings_are_folded_between_words_and_no_line_begins_with_a_slash() -> None:
    lines = shown(Grid("", ["task", "observed / predicted"], [["a", "1.0"]]), 20).splitlines()
    assert [line.split() for line in lines] == [["observed", "/"], ["task", "predicted"], ["a", "1.0"]]


def test_names_are_folded_between_words_before_tables_are_split() -> None:
    rows = [[f"watch_history_length_{index}", "multi_categorical", "7"] for index in range(9)]
    lines = shown(Grid("", ["feature", "kind", "width"], rows, texts=2), 33).splitlines()
    assert lines[1].split() == ["watch_", "multi_", "7"] or lines[1].split() == ["watch_history_", "multi_", "7"]
    assert len([line for line in lines if "width" in line]) == 1
