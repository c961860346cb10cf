"""Columns of encoded rows as inputs of a graph."""

from serve.models import LAYOUT, SCHEMA, rows
from taskfusion.serve.inputs import GraphInputs, features_of
from taskfusion.serve.record import GraphInput

ALL = {feature.name for feature in SCHEMA.features}


def test_names_tell_the_inputs_apart() -> None:
    inputs = GraphInputs.of(LAYOUT, ALL)
    names = ["features:ids", "features:bag:tags", "features:bag:history", "features:numeric"]
    assert inputs.names == names == [record.name for record in inputs.records()]
    assert list(inputs.feed(rows(2).numpy())) == names
    assert GraphInputs.of(LAYOUT, {"price"}).records() == [
        GraphInput(name="features:numeric", type="float32", axes=["B", "N"], columns=["price"])
    ]


def test_sides_are_told_by_role() -> None:
    assert features_of(SCHEMA, "item") == {"item", "tags", "price"}
    assert features_of(SCHEMA, "request") == {"user", "place", "history", "age"}
