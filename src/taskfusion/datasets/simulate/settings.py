"""Settings of the simulated feed: its size, the rates of its outcomes and how far its tasks agree."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from taskfusion.base.errors import ExperimentError
from taskfusion.base.nearest import did_you_mean

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FloatArray: TypeAlias = "NDArray[np.float64]"
IntArray: TypeAlias = "NDArray[np.int64]"
Matrix = tuple[tuple[float, ...], ...]

TASKS = ("click", "long_view", "watch_ratio", "like", "profile_enter", "dislike")

# Shares of KuaiRand-Pure (Gao et al., CIKM 2022); watch_ratio is a mean. Dislike there is 0.00083, which would leave
# small samples without positives.
KUAIRAND_RATES: Mapping[str, float] = MappingProxyType(
    {
        "click": 0.442,
        "long_view": 0.311,
        "watch_ratio": 0.345,
        "like": 0.0171,
        "profile_enter": 0.0185,
        "dislike": 0.005,
    }
)

# kuairand-like: rounded from the covariance of user and item rates between random halves of KuaiRand-Pure, of clicked
# rows for all tasks but click; its dislikes are too few to tell, so those correlations are an assumption.
TRANSFERS: Mapping[str, Matrix] = MappingProxyType(
    {
        "kuairand-like": (
            (1.0, 0.6, 0.3, 0.1, 0.1, -0.2),
            (0.6, 1.0, 0.5, 0.1, 0.1, -0.2),
            (0.3, 0.5, 1.0, 0.2, 0.0, -0.2),
            (0.1, 0.1, 0.2, 1.0, 0.1, -0.3),
            (0.1, 0.1, 0.0, 0.1, 1.0, 0.0),
            (-0.2, -0.2, -0.2, -0.3, 0.0, 1.0),
        ),
        "independent": tuple(tuple(float(row == column) for column in range(6)) for row in range(6)),
        "conflict": (
            (1.0, 0.6, 0.6, -0.5, -0.5, 0.3),
            (0.6, 1.0, 0.6, -0.5, -0.5, 0.3),
            (0.6, 0.6, 1.0, -0.5, -0.5, 0.3),
            (-0.5, -0.5, -0.5, 1.0, 0.6, -0.4),
            (-0.5, -0.5, -0.5, 0.6, 1.0, -0.4),
            (0.3, 0.3, 0.3, -0.4, -0.4, 1.0),
        ),
    }
)

_SMALLEST = {"rows": 1_000, "num_users": 500, "num_items": 500, "days": 3, "latent_dim": len(TASKS), "seed": 0}
_LARGEST = {"days": 365, "latent_dim": 32}


@dataclass(frozen=True)
class FeedSettings:
    """What feed to simulate.

    Attributes:
        rows: impressions of all days together, at least 1,000.
        num_users: users, at least 500.
        num_items: videos, at least 500.
        days: simulated days, 3 to 365; the last tenth is the test split, the tenth before it validation.
        latent_dim: dimensions of taste that users and items differ in, 6 to 32.
        transfer: correlations of the tasks' true logits, in the order of TASKS: a name of TRANSFERS or a T x T matrix.
            Tasks with a high correlation help each other; those with a negative one pull apart. The logit of click is
            that of its probability; of any other task but dislike that of its probability (watch ratio: its expected
            share of the longest watch) if the video is clicked; of dislike that of its probability if it is not
            liked. Who is shown what moves the correlations of a feed's rows by a few hundredths.
        rates: expected share of positives of each task, and the expected mean of watch_ratio; tasks left out keep
            those of KUAIRAND_RATES.
        feedback_shown: share of rows where the feedback button was shown, 0..1; in the others dislike is unknown.
        known: share of the training and validation rows whose label is known, 0..1, by task; those of the others are
            all known, and so are those of all test rows. It changes nothing else of the feed.
        seed: another seed gives another feed.

    Raises:
        ExperimentError: a setting is out of its range.
    """

    rows: int = 200_000
    num_users: int = 4_000
    num_items: int = 2_000
    days: int = 10
    latent_dim: int = 8
    transfer: str | Matrix = "kuairand-like"
    rates: Mapping[str, float] = field(default_factory=lambda: KUAIRAND_RATES)
    feedback_shown: float = 0.8
    known: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in _SMALLEST.items():
            value, most = getattr(self, name), _LARGEST.get(name)
            if value < least or (most is not None and value > most):
                upper = "" if most is None else f" and at most {most}"
                raise ExperimentError(f"{name} of a simulated feed must be at least {least}{upper}, found {value}")
        if not 0 < self.feedback_shown <= 1:
            raise ExperimentError(f"feedback_shown is a share above 0 and up to 1, found {self.feedback_shown}")
        for task, share in self.known.items():
            if task not in TASKS:
                raise ExperimentError(f"known names '{task}', but the tasks are {', '.join(TASKS)}")
            if not 0 < share <= 1:
                raise ExperimentError(f"known is a share of labels above 0 and up to 1, found {share} for {task}")
        self._check_rates()
        self._check_transfer()

    def _check_rates(self) -> None:
        unknown = sorted(set(self.rates) - set(TASKS))
        if unknown:
            raise ExperimentError(f"rates names '{unknown[0]}', but the tasks are {', '.join(TASKS)}")
        rates = self.target_rates
        for task, rate in rates.items():
            most = 5 if task == "watch_ratio" else 1
            if not 0 < rate < most:
                raise ExperimentError(f"the rate of {task} must lie between 0 and {most}, found {rate}")
        if rates["long_view"] >= rates["click"]:
            raise ExperimentError(
                f"only clicked videos are viewed long, so the rate of long_view must be below that of click "
                f"({rates['click']}), found {rates['long_view']}"
            )

    def _check_transfer(self) -> None:
        if isinstance(self.transfer, str) and self.transfer not in TRANSFERS:
            known = f"{', '.join(TRANSFERS)} or a matrix of correlations"
            meant = did_you_mean(self.transfer, TRANSFERS)
            raise ExperimentError(f"transfer is one of {known}, found '{self.transfer}'{meant}")
        size = len(TASKS)
        if not isinstance(self.transfer, str) and [len(row) for row in self.transfer] != [size] * size:
            raise ExperimentError(
                f"transfer needs {size} rows of {size} correlations, one for each of {', '.join(TASKS)}; "
                f"found rows of {[len(row) for row in self.transfer]}"
            )
        import numpy as np  # takes longer to load than the help of a command should

        matrix = self.correlations
        if not (np.allclose(matrix, matrix.T) and np.allclose(np.diag(matrix), 1)):
            raise ExperimentError("transfer must be symmetric with 1 on the diagonal, as correlations are")
        least = float(np.linalg.eigvalsh(matrix)[0])
        if least < -1e-9:
            raise ExperimentError(
                f"no logits have the correlations of transfer: its smallest eigenvalue is {least:.3f}, and must be at "
                f"least 0; bring the correlations closer to 0"
            )

    @property
    def target_rates(self) -> dict[str, float]:
        """The rate of each task, in the order of TASKS."""
        return {task: self.rates.get(task, KUAIRAND_RATES[task]) for task in TASKS}

    @property
    def correlations(self) -> FloatArray:
        """Correlations of the tasks' true logits, [T, T]."""
        import numpy as np

        return np.array(TRANSFERS[self.transfer] if isinstance(self.transfer, str) else self.transfer, dtype=np.float64)

    @property
    def held_out_days(self) -> int:
        """Days of the test split, and of the validation split."""
        return max(1, round(self.days / 10))
