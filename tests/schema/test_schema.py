"""Features and tasks of one table, and what they must not have in common."""

from support import BASE, FEATURES, TASKS, experiment, refusal
from taskfusion.config.experiment import parse_experiment


def test_readers_of_a_table_suit_it() -> None:
    item = {"name": "item", "kind": "categorical"}
    seen = {"name": "seen", "kind": "sequence", "attention": "item"}
    assert "same embedding table" in refusal({**BASE, "features": [item, seen]})
    shared = parse_experiment({**BASE, "features": [item, {**seen, "share_with": "item"}]})
    assert shared.features[1].kind == "sequence"
    last = {"name": "last", "kind": "categorical", "share_with": "item", "frequency": True}
    assert "table of 'item', which has hash_buckets" in refusal(
        {**BASE, "features": [{**item, "hash_buckets": 9}, last]}
    )


def test_names_stand_once() -> None:
    assert "'user_id' stands there twice" in refusal({**BASE, "features": [FEATURES[0], FEATURES[0]]})
    assert "'click' stands there twice" in refusal({**BASE, "tasks": [TASKS[0], TASKS[0]]})


def test_predictions_have_names_that_differ() -> None:
    tasks = [{"name": "a", "kind": "multiclass", "classes": ["x", "y"]}, {"name": "a.x", "kind": "binary"}]
    assert "both be called 'a.x'" in refusal({**BASE, "tasks": tasks})


def test_predictions_stand_in_the_order_of_the_tasks_and_of_their_values() -> None:
    schema = experiment().table_schema
    assert schema.task_names == tuple(task["name"] for task in TASKS)
    names = [
        [f"reaction.{value}" for value in task["classes"]] if "classes" in task else [task["name"]] for task in TASKS
    ]
    assert list(schema.prediction_names) == [name for of_task in names for name in of_task]


def test_a_table_is_taken_from_one_that_has_it() -> None:
    """share_with names a categorical feature that shares with nobody."""
    first = {"name": "a", "kind": "categorical"}
    second = {"name": "b", "kind": "categorical", "share_with": "a"}
    third = {"name": "c", "kind": "categorical", "share_with": "b"}
    assert len(parse_experiment({**BASE, "features": [first, second]}).features) == 2
    for features in ([first, second, third], [second], [{"name": "a", "kind": "numeric"}, second]):
        assert "not a categorical feature with a table of its own" in refusal({**BASE, "features": features})
