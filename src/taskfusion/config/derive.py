"""The one way to an experiment, or a section of one, that differs in some fields."""

from typing import TypeVar

from pydantic import ValidationError

from taskfusion.base.errors import ExperimentError
from taskfusion.config.message import validation_sentence
from taskfusion.schema.spec import Spec

S = TypeVar("S", bound=Spec)


def derive(spec: S, **fields: object) -> S:
    """A copy with some fields replaced, checked as an experiment file is.

    Args:
        spec: an experiment or a part of one.
        fields: its fields that differ, by name.

    Raises:
        ExperimentError: a field is not known, or what comes out is unfit.
    """
    content = {name: getattr(spec, name) for name in type(spec).model_fields} | fields
    try:
        return type(spec).model_validate(content)
    except ValidationError as error:
        sentence = validation_sentence(error, type(spec), content)
        raise ExperimentError(f"with another {' and '.join(fields)}: {sentence}") from error
