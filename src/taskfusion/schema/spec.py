"""What all parts of an experiment file have in common."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, StringConstraints

NAME_PATTERN: Final = r"^[A-Za-z0-9_][A-Za-z0-9_.\-]*$"
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
Expression = Annotated[str, StringConstraints(min_length=1)]


class Spec(BaseModel):
    """A strict, immutable part of the experiment file: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
