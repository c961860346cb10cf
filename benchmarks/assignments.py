"""A million units in the stages of a ramp: who is in which arm, and whether anybody moves when a stage widens.

python -m benchmarks.assignments [--units 1000000] [--write]
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.__main__ import DOCS, write
from benchmarks.rounds import markdown
from taskfusion.base.bucket import Arms, buckets
from taskfusion.config.ramp import DEFAULT_STAGES, MOST_COMPARED, Ramp
from taskfusion.config.routes import Canary, Tier
from taskfusion.pilot.assign import CONTROL, TREATMENT

Array = npt.NDArray[Any]
MOST_SIGMAS = 4.0


@dataclass(frozen=True)
class Stage:
    """A stage.

    Attributes:
        percent: of units.
        canary: whether the server's canary answers each unit [N].
        arm: place of each unit among treatment and control of pilot assign, -1 for none [N]; None: no control any more.
    """

    percent: float
    canary: Array
    arm: Array | None


def stages(units: Sequence[str], salt: str, percents: Sequence[float]) -> list[Stage]:
    """Arms of all units in each stage, as the server and as pilot assign have them."""
    found = []
    for percent in percents:
        canary = Canary(bundle="candidate", percent=percent, salt=salt)
        answered = np.fromiter((canary.answers(unit) for unit in units), dtype=bool, count=len(units))
        is_compared = percent <= MOST_COMPARED
        arms = Arms({TREATMENT: percent, CONTROL: percent}) if is_compared else None
        found.append(Stage(percent, answered, None if arms is None else arms.column(np.asarray(units), salt)))
    return found


def num_moved(before: Stage, after: Stage) -> int:
    """Units that were in an arm and are not in it any more; a control that ends by design does not count."""
    found = int(np.sum(before.canary & ~after.canary))
    if before.arm is not None and after.arm is not None:
        found += int(np.sum((before.arm >= 0) & (before.arm != after.arm)))
    return found


def sigmas(count: int, share: float, units: int) -> float:
    """Standard deviations by which a count is off its share."""
    return abs(count - units * share) / sqrt(units * share * (1 - share))


def figures(units: int, salt: str, holdback: float) -> tuple[str, list[str]]:
    """The table, and what is as it should not be.

    Args:
        units: how many.
        salt: of the pilot.
        holdback: percent that never sees the candidate.
    """
    ramp = Ramp(charter="-", candidate=Tier(bundle="-"), alarms="-", stages=DEFAULT_STAGES, holdback=holdback)
    names = [f"user-{number}" for number in range(units)]
    found = stages(names, salt, [percent for percent in ramp.percents if percent])
    is_held_back = buckets(np.asarray(names), salt) >= 1 - holdback / 100
    rows, wrong = list[list[str]](), list[str]()
    for place, stage in enumerate(found):
        counts = [int(stage.canary.sum())]
        counts += [] if stage.arm is None else [int(np.sum(stage.arm == arm)) for arm in (0, 1)]
        most = max(sigmas(count, stage.percent / 100, units) for count in counts)
        moved = num_moved(found[place - 1], stage) if place else 0
        differ = 0 if stage.arm is None else int(np.sum(stage.canary != (stage.arm == 0)))
        seen = int(np.sum(stage.canary & is_held_back))
        if most > MOST_SIGMAS or moved or differ or seen:
            wrong.append(f"{stage.percent:g} %: {most:.1f} sigma, {moved} moved, {differ} differ, {seen} held back")
        arms = ["", ""] if stage.arm is None else [f"{count:,}" for count in counts[1:]]
        rows.append([f"{stage.percent:g}", f"{counts[0]:,}", *arms, f"{most:.2f}", *map(str, (moved, differ, seen))])
    head = ["percent", "answered by the canary", "treatment", "control", "most sigmas off", "left their arm"]
    text = markdown([*head, "canary other than treatment", "held back, yet answered"], rows)
    share = (
        f"{int(is_held_back.sum()):,} held back ({sigmas(int(is_held_back.sum()), holdback / 100, units):.2f} sigmas)"
    )
    return f"{units:,} units, {share}.\n\n{text}", wrong


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point; exit code 1 where something is as it should not be."""
    parser = argparse.ArgumentParser(prog="benchmarks.assignments", description=__doc__)
    parser.add_argument("--units", type=int, default=1_000_000, help="how many (default: 1000000)")
    parser.add_argument("--salt", default="adatt-feed", help="name of the pilot (default: adatt-feed)")
    parser.add_argument("--write", action="store_true", help="write the table into docs/pilot.md")
    given = parser.parse_args(arguments)
    text, wrong = figures(given.units, given.salt, 1.0)
    print(text)
    if given.write:
        write(DOCS / "pilot.md", "assignments", text)
    if wrong:
        raise SystemExit("\n".join(wrong))


if __name__ == "__main__":
    main()
