"""What counts as named, and as accused."""

from benchmarks.planted.count import Found, count_row, found_in
from benchmarks.planted.world import World
from taskfusion.run.record.transfer import SourceRecord, TransferRecord
from transfers import RECORD, effect


def record(**means: float) -> TransferRecord:
    sources = [
        SourceRecord.model_validate(
            {name: getattr(RECORD.sources[1], name) for name in SourceRecord.model_fields}
            | {"source": source, "others": effect(mean), "targets": {}}
        )
        for source, mean in means.items()
    ]
    content = {name: getattr(RECORD, name) for name in TransferRecord.model_fields}
    return TransferRecord.model_validate(content | {"sources": tuple(sources)})


def test_guilty_and_donor_are_named() -> None:
    found = found_in(World("random", 0), record(one=-2.0, two=0.01, donor=3.0))
    assert found == Found(guilty=True, worst=True, accused=0, donor=True)


def test_another_is_accused() -> None:
    found = found_in(World("random", 0), record(one=0.01, two=-2.0, donor=0.01))
    assert found == Found(guilty=False, worst=False, accused=1, donor=False)
    assert found_in(World("clean", 0), record(one=-2.0, donor=1.0)) == Found(None, None, 1, True)


def test_counts_are_of_all_worlds() -> None:
    some = [Found(True, True, 0, True), Found(False, True, 2, False)]
    assert count_row("x", some) == "| x | 1 of 2 | 2 of 2 | 1 of 2 | 1 of 2 |"
    assert count_row("clean", [Found(None, None, 0, True)]) == "| clean |  |  | 0 of 1 | 1 of 1 |"
