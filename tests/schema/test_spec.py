"""What all parts of an experiment file have in common: they are strict, do not change, and their names are plain."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError

from taskfusion.schema.spec import FilePath, Name, Spec

NAMES: TypeAdapter[str] = TypeAdapter(Name)


class Part(Spec):
    """A part with a number and a name."""

    share: float = Field(0.5)
    name: Name = Field("a")


@given(st.text(st.sampled_from("aZ9_.-/ \n,*\u00e9"), max_size=4))
def test_a_name_is_of_letters_digits_and_three_signs_and_is_no_option(text: str) -> None:
    is_name = bool(text) and all(re.match("[A-Za-z0-9_.-]", sign) for sign in text) and text[0] not in ".-"
    try:
        assert NAMES.validate_python(text) == text
    except ValidationError:
        assert not is_name
    else:
        assert is_name


@pytest.mark.parametrize(
    "content",
    [{"shares": 0.5}, {"share": float("inf")}, {"share": float("nan")}, {"name": None}, {"name": "a\n"}],
)
def test_what_is_unknown_or_no_number_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Part.model_validate(content)


def test_a_part_does_not_change_and_equals_what_says_the_same() -> None:
    part = Part(share=0.25)
    with pytest.raises(ValidationError):
        part.share = 0.75  # type: ignore[misc]
    assert part == Part(share=0.25)
    assert len({part, Part(share=0.25), Part()}) == 2


def test_a_path_is_what_a_system_call_takes() -> None:
    paths: TypeAdapter[str] = TypeAdapter(FilePath)
    assert paths.validate_python("~/\u00e9 b/*.parquet") == "~/\u00e9 b/*.parquet"
    with pytest.raises(ValidationError, match="NUL"):
        paths.validate_python("a\0b")
