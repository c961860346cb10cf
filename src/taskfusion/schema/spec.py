"""What all parts of an experiment file have in common."""

from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

NAME_PATTERN: Final = r"^[A-Za-z0-9_][A-Za-z0-9_.\-]*$"
MOST_ENTRIES: Final = 5000
"""Features, classes, and whatever else stands in long lists."""

MOST_TASKS: Final = 256


def _without_nul(path: str) -> str:
    if "\0" in path:
        raise ValueError("a path cannot hold the character NUL")
    return path


Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=200)]
ColumnName = Annotated[str, StringConstraints(max_length=1000)]
Expression = Annotated[str, StringConstraints(min_length=1, max_length=8000)]
FilePath = Annotated[str, StringConstraints(min_length=1, max_length=4000), AfterValidator(_without_nul)]
Separator = Annotated[str, StringConstraints(min_length=1, max_length=100)]
MOST_WIDTH: Final = 8192
Width = Annotated[int, Field(ge=1, le=MOST_WIDTH)]
"""Of vectors and layers, in numbers."""

Few = Annotated[int, Field(ge=1, le=64)]
"""Layers, heads, experts: what is there a few times."""

Strength = Annotated[float, Field(ge=0, le=1e6)]
"""Weight of one thing among others."""

LARGEST_STEP: Final = 1000.0
StepSize = Annotated[float, Field(gt=0, le=LARGEST_STEP)]
Seed = Annotated[int, Field(ge=0, le=2_000_000_000)]
"""Below what NumPy, LightGBM and torch take, with room for the seeds that follow from it."""


class Spec(BaseModel):
    """A strict, immutable part of the experiment file: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
