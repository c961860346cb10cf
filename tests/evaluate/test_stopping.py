"""The cost of one evaluation for all tasks, against the smallest loss found by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.evaluate.log import EvaluationRecord
from taskfusion.evaluate.stopping import own_bests

LOSS = st.floats(0.1, 2)


def _log(losses: list[dict[str, float | None]], best: list[bool]) -> list[EvaluationRecord]:
    return [
        EvaluationRecord(
            epoch=(number + 1) / 2,
            step=number + 1,
            seconds=1.0,
            rows_per_second=1.0,
            train_loss={},
            criterion=0.5,
            best=is_best,
            validation={task: {"relative_loss": loss} for task, loss in evaluation.items()},
        )
        for number, (evaluation, is_best) in enumerate(zip(losses, best, strict=True))
    ]


@given(st.lists(st.tuples(LOSS, LOSS), min_size=1, max_size=8))
def test_the_kept_loss_is_that_of_the_own_best_look_and_its_cost(losses: list[tuple[float, float]]) -> None:
    means = [sum(pair) for pair in losses]
    best = [means[place] < min(means[:place], default=9) for place in range(len(means))]
    kept = losses[max(place for place, is_best in enumerate(best) if is_best)]
    found = own_bests(_log([{"a": a, "b": b} for a, b in losses], best))
    for place, task in enumerate("ab"):
        own = [pair[place] for pair in losses]
        assert found[task].cost >= 0
        assert min(own) * (1 + found[task].cost / 100) == pytest.approx(kept[place])
        assert own[round(2 * found[task].epoch) - 1] == min(own)


def test_a_task_whose_loss_is_not_known_costs_nothing_that_is_known() -> None:
    log = _log([{"a": 0.5, "b": None}, {"a": None, "b": None}, {"a": 0.6, "b": None}], [True, False, True])
    found = own_bests(log)
    assert list(found) == ["a"]
    assert found["a"].epoch == 0.5
    assert found["a"].cost == pytest.approx(20)


@pytest.mark.parametrize("best", [[], [False, False]])
def test_without_a_kept_look_nothing_is_said(best: list[bool]) -> None:
    assert own_bests(_log([{"a": 0.5}] * len(best), best)) == {}
