from taskfusion.schema.feature import CategoricalFeature, NumericFeature, SequenceFeature
from taskfusion.serve.row.code import HashedLookup, VocabularyLookup
from taskfusion.serve.row.plan import BagReader, IdReader, NumberReader, Readers

CITY = CategoricalFeature(kind="categorical", name="city", column="place", frequency=True)
AGE = NumericFeature(kind="numeric", name="age", transform="none")
SEEN = SequenceFeature(kind="sequence", name="seen", hash_buckets=5)
READERS = Readers(
    (AGE, CITY, SEEN),
    ids=(IdReader.of(CITY, VocabularyLookup(["oslo", "rome"], "String"), [-2.0, -1.0, 0.5, 1.5]),),
    numbers=(NumberReader.of(AGE, 0.0, 1.0, [], marks_missing=True),),
    bags=(BagReader.of(SEEN, HashedLookup(5, "integer")),),
)


def test_a_plan_reads_the_columns_of_its_features_alone() -> None:
    plan = READERS.plan(frozenset({"city"}))
    assert plan.sources == frozenset({"place"})
    assert (plan.id_places.tolist(), plan.numeric_places.tolist()) == ([0], [2])
    codes = plan.codes({"place": "rome"})
    assert (codes, plan.numeric({"place": "rome"}, codes)) == ([3], [1.5])
    assert plan.missing_N.tolist() == [0.0, 1.0, -2.0]
    assert plan.bags == []


def test_columns_are_read_as_rows() -> None:
    plan = READERS.plan(frozenset({"city", "age"}))
    rows = [{"place": place, "age": age} for place, age in [("rome", 3), ("oslo", None), (None, 0.5), ("x", 2**60)]]
    columns = {name: [row[name] for row in rows] for name in ("place", "age")}
    codes = plan.code_columns(columns)
    assert [list(one) for one in zip(*codes, strict=True)] == [plan.codes(row) for row in rows]
    numbers = plan.numeric_columns(columns, codes)
    expected = [plan.numeric(row, plan.codes(row)) for row in rows]
    assert [list(map(float, one)) for one in zip(*numbers, strict=True)] == expected


def test_a_missing_number_is_marked() -> None:
    plan = READERS.plan(frozenset({"age", "seen"}))
    assert [plan.numeric({"age": value}, []) for value in (None, 3)] == [[0.0, 1.0], [3.0, 0.0]]
    assert plan.numeric_places.tolist() == [0, 1]
    assert [(source, place) for source, _, place in plan.bags] == [("seen", 0)]
