"""Attributions as a record: means over rows and seeds, intervals over groups, shuffling beside them."""

import numpy as np
import pytest

from attributions import SOURCES, batch_of, put_trees_beside, trained_of
from taskfusion.evaluate.ranks import rank_correlation
from taskfusion.explain.attribution import attribute, mean_input
from taskfusion.study.explain import attribution
from taskfusion.study.explain.attribution import attribution_record, evenly


def test_sizes_are_means_over_rows_and_seeds_and_groups_make_the_interval() -> None:
    models, batch = [trained_of("plain", seed) for seed in (0, 1)], batch_of(30)
    cluster_B = np.arange(30) // 3
    found = attribution_record(models, batch, cluster_B, 10)
    assert [task.task for task in found.tasks] == ["click", "seconds", "reaction"]
    assert [task.score for task in found.tasks] == ["log-odds", "log(1 + label)", "log-odds of the predicted class"]
    assert found.rows == found.permuted_rows == 30
    by_seed = [attribute(one.model, batch, mean_input(one.model, batch), SOURCES) for one in models]
    for index, task in enumerate(found.tasks):
        assert task.completeness_error < 0.01
        sizes = np.stack([np.abs(one.value_BTF[:, index]).mean(0) for one in by_seed])
        np.testing.assert_allclose([one.by_seed for one in task.columns], sizes.T)
        np.testing.assert_allclose([one.size.mean for one in task.columns], sizes.mean(0))
        assert task.seed_rank == pytest.approx(rank_correlation(*sizes.tolist()))
        for one in task.columns:
            assert one.size.low is not None
            assert one.size.high is not None
            assert one.size.low < one.size.mean < one.size.high
            assert one.permutation is not None


def test_one_group_more_or_less_makes_wider_intervals_than_many() -> None:
    batch, models = batch_of(30), [trained_of("plain")]

    def width(cluster_B: np.ndarray) -> float:
        task = attribution_record(models, batch, cluster_B, int(cluster_B.max()) + 1).tasks[0]
        low, high = task.columns[0].size.ends or (0.0, 0.0)
        return high - low

    user_B = np.unique(batch.ids_BF[:, 0].numpy(), return_inverse=True)[1]
    assert width(user_B) > width(np.arange(30))


def test_one_seed_has_no_agreement_and_rows_are_drawn_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attribution, "MOST_ROWS", 20)
    monkeypatch.setattr(attribution, "MOST_PERMUTED", 25)
    found = attribution_record([trained_of("plain")], batch_of(30), np.arange(30), 30)
    assert (found.rows, found.permuted_rows) == (20, 25)
    assert all(task.seed_rank is None for task in found.tasks)
    assert evenly(60, 20).tolist() == np.linspace(0, 59, 20).astype(int).tolist()
    assert evenly(3, 20).tolist() == [0, 1, 2]


def test_trees_beside_the_network_change_nothing_here() -> None:
    trained, beside, batch = trained_of("plain"), trained_of("plain"), batch_of(30)
    put_trees_beside(beside.model)
    alone = attribution_record([trained], batch, np.arange(30), 30)
    assert attribution_record([beside], batch, np.arange(30), 30) == alone
    assert beside.model.ensemble is not None
