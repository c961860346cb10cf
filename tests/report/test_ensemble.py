"""Shares and losses of an ensemble, and when a person is told something of a task."""

import pytest

from taskfusion.report.ensemble import ensemble_view
from taskfusion.run.record.ensemble import EnsembleRecord, EnsembleTask, EnsembleTrees
from translations import english_left, in_japanese


def mixed(network: float, trees: float, kept: float = 1.0, constant: float = 0.5) -> EnsembleRecord:
    losses = {"constant": constant, "network": 0.45, "ensemble": 0.3}
    forests = tuple(
        EnsembleTrees(ids=ids, weight=trees / 2, rounds=3, loss=loss)
        for ids, loss in (("ordered", 0.41), ("statistics", 0.4))
    )
    task = EnsembleTask(name="click", network=network, trees=forests, shift=(0,), kept=kept, losses=losses)
    return EnsembleRecord(tasks=(task,))


def test_shares_add_up_and_losses_are_over_that_of_the_mean() -> None:
    (row,) = ensemble_view(mixed(0.3, 0.9)).tasks
    assert (row.task, row.network_share[:2], row.trees_share[:2]) == ("click", "25", "75")
    assert [float(one) for one in row.losses] == pytest.approx([1, 0.9, 0.8, 0.6])


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (mixed(0.5, 0.5), []),
        (mixed(0.9, 0), []),
        (mixed(0, 0.9), ["use trees here"]),
        (mixed(0, 0), ["nothing was learned"]),
        (mixed(0, 0.04, kept=0.05), ["hardly show that anything was learned"]),
    ],
    ids=["both", "network", "trees", "neither", "hardly"],
)
def test_what_a_person_should_know_is_said(found: EnsembleRecord, words: list[str]) -> None:
    reading = ensemble_view(found).reading
    assert len(reading) == len(words)
    assert all(one in sentence and sentence.startswith("click: ") for one, sentence in zip(words, reading, strict=True))


def test_no_share_and_no_loss_are_not_available() -> None:
    (row,) = ensemble_view(mixed(0, 0, constant=0)).tasks
    assert {row.network_share, row.trees_share, *row.losses} == {"n/a"}


def test_it_is_said_whole_in_japanese() -> None:
    for found in (mixed(0, 0.9), mixed(0, 0), mixed(0, 0.04, kept=0.05)):
        assert english_left(in_japanese(lambda one: ensemble_view(one).reading[0], found)) == []
