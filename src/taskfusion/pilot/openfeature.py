"""Arms as an OpenFeature provider, so that any program that asks for flags puts units where the server does.

OpenFeature specification 0.8, section 2: a flag is an experiment, whose name is its salt; a string flag is the name of
the arm, a boolean one whether the unit is in the treatment.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import FlagNotFoundError, TargetingKeyMissingError, TypeMismatchError
from openfeature.flag_evaluation import FlagResolutionDetails, FlagValueType, Reason
from openfeature.provider import AbstractProvider, Metadata

from taskfusion.base.bucket import Arms
from taskfusion.pilot.assign import TREATMENT

V = TypeVar("V")


class ArmsProvider(AbstractProvider):
    """Resolves flags by the sticky hash; the targeting key of the context is the unit.

    Args:
        experiments: arms by the name of the experiment, as arms_of gives those of a charter.
    """

    def __init__(self, experiments: Mapping[str, Arms]) -> None:
        super().__init__()
        self._experiments = dict(experiments)

    def get_metadata(self) -> Metadata:
        """What the provider is called."""
        return Metadata("taskfusion")

    def resolve_string_details(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        """The arm of a unit; the default where it is in none."""
        arm = self._arm(flag_key, evaluation_context)
        return _details(default_value if arm is None else arm, arm)

    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        """Whether a unit is in the treatment; the default where it is in no arm."""
        arm = self._arm(flag_key, evaluation_context)
        return _details(default_value if arm is None else arm == TREATMENT, arm)

    def resolve_integer_details(
        self, flag_key: str, default_value: int, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[int]:
        """Raises TypeMismatchError."""
        raise _mismatch(flag_key, "an integer")

    def resolve_float_details(
        self, flag_key: str, default_value: float, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[float]:
        """Raises TypeMismatchError."""
        raise _mismatch(flag_key, "a number")

    def resolve_object_details(
        self,
        flag_key: str,
        default_value: Sequence[FlagValueType] | Mapping[str, FlagValueType],
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[Sequence[FlagValueType] | Mapping[str, FlagValueType]]:
        """Raises TypeMismatchError."""
        raise _mismatch(flag_key, "an object")

    def _arm(self, experiment: str, context: EvaluationContext | None) -> str | None:
        if experiment not in self._experiments:
            raise FlagNotFoundError(
                f"there should be an experiment '{experiment}'; there are {', '.join(self._experiments)}"
            )
        if context is None or context.targeting_key is None:
            raise TargetingKeyMissingError("the targeting key of the context should be the unit, such as a user id")
        return self._experiments[experiment].of(context.targeting_key, experiment)


def _details(value: V, arm: str | None) -> FlagResolutionDetails[V]:
    return FlagResolutionDetails(value, reason=Reason.DEFAULT if arm is None else Reason.SPLIT, variant=arm)


def _mismatch(flag: str, what: str) -> TypeMismatchError:
    return TypeMismatchError(f"the experiment '{flag}' is a text (its arm) or true and false, not {what}")
