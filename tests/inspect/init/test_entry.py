"""Every column of a table has one place, whichever columns it has."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from logs import ads_log
from taskfusion.inspect.init.experiment import infer_experiment

ADS = ads_log(400)
ALWAYS = ("customer_id", "click")


@given(st.permutations([name for name in ADS.columns if name not in ALWAYS]), st.integers(0, 8))
def test_a_column_is_one_entry_in_the_group_of_its_place(others: list[str], count: int) -> None:
    table = ADS.select(*ALWAYS, *others[:count])
    with tempfile.TemporaryDirectory() as folder:
        table.write_parquet(Path(folder) / "log.parquet")
        found = infer_experiment(Path(folder) / "log.parquet", Path(folder) / "experiment.yaml")
    groups = {
        "feature": found.features,
        "question": found.questions,
        "task": found.tasks,
        "proposal": found.proposals,
        "left out": found.left_out,
    }
    assert all(entry.place == place for place, entries in groups.items() for entry in entries)
    entries = [entry for group in groups.values() for entry in group if "part" not in entry.settings]
    assert sorted(entry.column for entry in entries) == sorted(table.columns)
    for entry in entries:
        assert entry.note or entry.place in ("feature", "task")
        assert bool(entry.settings) == (entry.place != "left out"), entry
        assert 0 <= entry.support <= found.rows
    assert found.group in {None, *table.columns}
    assert (found.rows, found.is_whole) == (len(table), True)
