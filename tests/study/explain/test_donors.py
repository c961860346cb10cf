"""Donors of one row: shares add up to what is not a change of gates."""

import pytest

from attributions import batch_of, trained_of
from support import log_table
from taskfusion.data.batch import Batch
from taskfusion.explain.conductance import contributions
from taskfusion.pipeline.use import network_inputs
from taskfusion.study.explain.donors import row_donors

ROW = log_table(40, seed=1)[5:6]


def test_shares_of_a_level_and_of_its_gates_are_the_whole() -> None:
    trained, batch = trained_of("plain"), batch_of(40)
    found = row_donors([trained], batch, ROW)
    x = network_inputs(trained, Batch.of(trained.encoder.encode(ROW)))
    whole = contributions(trained.model, x, network_inputs(trained, batch).mean(0))
    for index, task in enumerate(("click", "seconds", "reaction")):
        for level in (1, 2):
            donors = [one for one in found[task] if one.level == level]
            assert [one.source for one in donors if one.own] == [task]
            gates = 100 * float(whole.levels[index][level - 1].gates_B[0] / whole.change_TB[index, 0])
            assert sum(one.share for one in donors) + gates == pytest.approx(100, abs=1.0)
            assert all(one.steady is None for one in donors)


def test_seeds_stand_side_by_side() -> None:
    models, batch = [trained_of("plain", seed) for seed in (0, 1)], batch_of(40)
    apart = [row_donors([one], batch, ROW)["click"] for one in models]
    for both, first, second in zip(row_donors(models, batch, ROW)["click"], *apart, strict=True):
        assert both.by_seed == (first.share, second.share)
        assert both.steady == (first.share * second.share > 0)


def test_a_model_that_mixes_nothing_has_none() -> None:
    assert row_donors([trained_of("shared bottom")], batch_of(40), ROW) == {}
