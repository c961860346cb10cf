"""What candidates are ordered by: one prediction, or a weighted sum of some."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from taskfusion.base.errors import ExperimentError
from taskfusion.base.nearest import did_you_mean

_TERM: Final = re.compile(
    r"\s*(?P<sign>[+-])?\s*(?:(?P<weight>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*\*\s*)?(?P<name>[A-Za-z0-9_][\w.\-]*)\s*"
)


def parse_order(text: str, columns: Sequence[str]) -> Mapping[str, float]:
    """Weights by prediction of a sum such as "0.7*like + 0.3*click - report".

    Args:
        text: terms with + or - between them, each a name or a number * a name.
        columns: names of the predictions.

    Raises:
        ExperimentError: it is no such sum, or names what is not predicted.
    """
    weights: dict[str, float] = {}
    place = 0
    while place < len(text) or not weights:
        found = _TERM.match(text, place)
        if found is None or (weights and found["sign"] is None) or text[found.end() :][:1].isalnum():
            raise ExperimentError(
                f"--score should be a sum of weights and predictions, such as '0.7*{columns[0]} + 0.3*{columns[-1]}', "
                f"found '{text}', which cannot be read from '{text[place:]}' on"
            )
        name = found["name"]
        if name not in columns:
            near = did_you_mean(name, columns) or f"; there are {', '.join(columns)}"
            raise ExperimentError(f"--score names '{name}', which is no prediction of the model{near}")
        weight = float(found["weight"] or 1) * (-1 if found["sign"] == "-" else 1)
        weights[name] = weights.get(name, 0.0) + weight
        place = found.end()
    return weights
