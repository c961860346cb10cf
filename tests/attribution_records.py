"""Parts of an explanation whose words are known."""

from typing import TypeVar

from taskfusion.base.record import Record
from taskfusion.evaluate.comparison import Interval
from taskfusion.run.record.attribution import (
    AttributionRecord,
    ColumnAttribution,
    DonorRecord,
    PushRecord,
    RowRecord,
    RowTask,
    TaskAttribution,
)

R = TypeVar("R", bound=Record)


def changed(record: R, **fields: object) -> R:
    """A copy with some fields replaced, checked as a whole."""
    content = {name: getattr(record, name) for name in type(record).model_fields} | fields
    return type(record).model_validate(content)


NAMES = ("user", "video", "hour", "age", "tab", "city")


def column(name: str, size: float, rise: float, *seeds: float) -> ColumnAttribution:
    return ColumnAttribution(
        column=name,
        size=Interval(mean=size, low=0.9 * size, high=1.1 * size),
        by_seed=seeds or (size,),
        permutation=Interval(mean=rise, low=rise - 0.1, high=rise + 0.1),
    )


def columns(seed_rank: float | None = None, last_rise: float = 0.1) -> TaskAttribution:
    """Sizes fall in the order of NAMES, rises as well, but for the last one's."""
    sizes = [0.6, 0.5, 0.4, 0.3, 0.2, 0.1]
    rises = [*sizes[:-1], last_rise]
    return TaskAttribution(
        task="like",
        score="log-odds",
        completeness_error=0.002,
        columns=tuple(column(*one) for one in zip(NAMES, sizes, rises, strict=True)),
        permutation_rank=0.5 if last_rise > 0.5 else 1.0,
        seed_rank=seed_rank,
    )


ATTRIBUTION = AttributionRecord(rows=1000, permuted_rows=5000, repeats=5, steps=64, tasks=(columns(),))


def push(name: str, value: str, size: float, *seeds: float, steady: bool | None = None) -> PushRecord:
    return PushRecord(column=name, value=value, push=size, by_seed=seeds or (size,), steady=steady)


LIKE = RowTask(
    task="like",
    kind="binary",
    score_title="log-odds",
    value=None,
    prediction=0.2,
    by_seed=(0.19, 0.21),
    base=0.02,
    start=-4.0,
    trees=None,
    pushes=(
        push("video", "v12", 2.0, 1.9, 2.1, steady=True),
        push("user", "u7", 0.6, -0.1, 1.3, steady=False),
        push("hour", "23", -0.4, -0.3, -0.5, steady=True),
        push("city", "Kyoto", 0.01, 0.01, 0.01, steady=True),
    ),
    gap=0.002,
    calibration=0.402,
    score=-1.386,
    donors=(
        DonorRecord(level=1, source="like", own=True, share=70.0, by_seed=(70.0, 70.0), steady=True),
        DonorRecord(level=1, source="click", own=False, share=20.0, by_seed=(45.0, -5.0), steady=False),
        DonorRecord(level=1, source="shared", own=False, share=-8.0, by_seed=(-8.0, -8.0), steady=True),
    ),
)

ROW = RowRecord(index=41, wanted="video = 'v12'", unseen=("user",), tasks=(LIKE,))
