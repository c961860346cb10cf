"""Some mutated bundles, each refused in a sentence or scored; python -m benchmarks.mutated_bundles tries thousands."""

from benchmarks.mutated_bundles.trial import WAYS, Outcome, try_mutations
from serve.conftest import Exported
from support import log_table


def test_no_mutated_bundle_is_neither_refused_nor_scored(exported: Exported) -> None:
    row = log_table(20).drop("click", "seconds", "reaction").row(7, named=True)
    outcome = try_mutations([exported.path], row, range(50))
    assert outcome.worst == []
    assert sum(outcome.counts.values()) == 50
    for way in WAYS:
        assert outcome.counts[way, "refused"] > 5
        assert outcome.counts[way, "as before"] > 0


def test_counts_are_shown_by_way() -> None:
    outcome = Outcome()
    outcome.counts["serve", "refused"] = 1234
    assert "| serve | 1,234 | 0 |" in outcome.table()
