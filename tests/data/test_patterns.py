import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.data.patterns import CLOCK, HAS_OFFSET, ISO_TIME, TIME, WHITE, WHOLE_NUMBER, ZONED_TIME, compiled

FORMS = (CLOCK, TIME, WHOLE_NUMBER, ZONED_TIME)
PATTERNS = [ISO_TIME, HAS_OFFSET, *(way for form in FORMS for way in (form.exact, form.loose))]


@pytest.mark.parametrize("pattern", PATTERNS)
@given(st.data())
def test_python_finds_what_polars_finds(pattern: str, data: st.DataObject) -> None:
    near = st.from_regex(compiled(pattern), alphabet=st.characters(max_codepoint=0x7F))
    edges = st.sampled_from(["", "\n", " ", "\x1c", "\xa0", "\u3000", "7"])
    text = data.draw(edges) + data.draw(near) + data.draw(edges)
    assert (compiled(pattern).search(text) is not None) == pl.Series([text]).str.contains(pattern)[0]


def test_white_space_is_that_of_polars() -> None:
    letters = pl.Series([chr(code) for code in range(0x3100)])
    assert set(WHITE) == set(letters.filter(letters.str.strip_chars() == ""))
