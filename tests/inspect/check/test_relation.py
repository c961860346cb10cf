"""Labels that are not what a relation takes them for."""

import numpy as np
import polars as pl
import pytest

from taskfusion.config.experiment import parse_experiment
from taskfusion.inspect.check.profile import profile_experiment
from taskfusion.inspect.check.warning import find_warnings


def _messages(kind: str, buy: pl.Expr) -> list[str]:
    """What is said of the relation from clicks to purchases."""
    rng = np.random.default_rng(0)
    table = pl.DataFrame({"age": rng.normal(size=4000), "click": (rng.random(4000) < 0.4).astype(int)})
    table = table.with_columns(buy=buy)
    tasks = [{"name": name, "kind": "binary"} for name in ("click", "buy")]
    relations = [{"kind": kind, "source": "click", "target": "buy"}]
    whole = parse_experiment({"features": [{"name": "age", "kind": "numeric"}], "tasks": tasks, "relations": relations})
    found = find_warnings(profile_experiment(whole, {name: table.lazy() for name in ("train", "validation")}))
    return [one.message for one in found if one.check == "part_of_the_space"]


OFTEN = (pl.int_range(pl.len()) % 2 == 0).cast(pl.Int8)


@pytest.mark.parametrize("kind", ["esmm", "aitm", "dbmtl"])
def test_an_outcome_that_is_part_of_the_other(kind: str) -> None:
    assert _messages(kind, pl.col("click") * OFTEN) == []


def test_a_product_wants_labels_of_all_rows() -> None:
    known_after_a_click = pl.when(pl.col("click") == 1).then(OFTEN)
    (message,) = _messages("esmm", known_after_a_click)
    assert "training rows, the source's in 4,000; where the source did not happen it should be 0" in message
    assert _messages("dbmtl", known_after_a_click) == []


@pytest.mark.parametrize("kind", ["esmm", "aitm"])
def test_an_outcome_that_happens_more_often(kind: str) -> None:
    (message,) = _messages(kind, OFTEN)
    assert "the target happens in 50.0 % of the training rows" in message
    assert _messages("dbmtl", OFTEN) == []
