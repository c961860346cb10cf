"""What scikit-learn asks of an estimator: its parameters can be read, changed and copied."""

from typing import Any, Self

from taskfusion.base.errors import ExperimentError
from taskfusion.config.experiment import Experiment
from taskfusion.pipeline.progress import Progress
from taskfusion.pipeline.terminal import VERBOSE


class Estimator:
    """Parameters, of which clone makes another estimator, and nothing that was learned."""

    def __init__(self, experiment: Experiment, progress: Progress | None = None, *, verbose: int = 1) -> None:
        if verbose not in VERBOSE:
            raise ExperimentError(f"verbose should be {', '.join(map(str, VERBOSE))}, found {verbose!r}")
        self.experiment, self.progress, self.verbose = experiment, progress, verbose

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """What the ranker was made with, as scikit-learn asks for it; deep changes nothing."""
        return {"experiment": self.experiment, "progress": self.progress, "verbose": self.verbose}

    def set_params(self, **params: Any) -> Self:  # noqa: ANN401  as scikit-learn has it
        """Change what the ranker was made with; what it has learned stays until the next fit.

        Raises:
            ExperimentError: a name is not one of get_params, or its value is not usable.
        """
        unknown = [name for name in params if name not in self.get_params()]
        if unknown:
            raise ExperimentError(
                f"'{unknown[0]}' is no parameter of MultiTaskRanker, which has {', '.join(self.get_params())}; "
                f"settings of the experiment are changed by with_settings"
            )
        fresh = type(self)(**{**self.get_params(), **params})
        self.experiment, self.progress, self.verbose = fresh.experiment, fresh.progress, fresh.verbose
        return self
