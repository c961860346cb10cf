"""Graphs take and give what the record says; another graph is refused in words."""

import pytest

from serve.conftest import Exported
from taskfusion.base.record import read_artifact
from taskfusion.serve.interface import CANDIDATES, ITEM, MODEL, REQUEST, Interface, Port, interface_fault, interface_of
from taskfusion.serve.record import ScorerRecord
from taskfusion.serve.session import Session


@pytest.fixture
def record(exported: Exported) -> ScorerRecord:
    return read_artifact(exported.path / "scorer.json", ScorerRecord)


@pytest.mark.parametrize("file", [MODEL, REQUEST, ITEM, CANDIDATES])
def test_exported_graphs_are_as_their_record_says(file: str, record: ScorerRecord, exported: Exported) -> None:
    expected = interface_of(record, file)
    assert expected is not None
    assert interface_fault(expected, Session(exported.path / file).interface) is None


def test_one_graph_in_place_of_another_is_told(record: ScorerRecord, exported: Exported) -> None:
    expected = interface_of(record, ITEM)
    assert expected is not None
    fault = interface_fault(expected, Session(exported.path / REQUEST).interface)
    assert fault is not None
    assert "should take features:ids, features:bag:tags, found" in fault


@pytest.mark.parametrize(
    ("found", "is_fine"),
    [
        (Port("tensor(float)", (None, 3)), True),
        (Port("tensor(float)", (None, None)), True),
        (Port("tensor(float)", (7, 3)), True),
        (Port("tensor(float)", (None, 4)), False),
        (Port("tensor(float)", (3,)), False),
        (Port("tensor(double)", (None, 3)), False),
    ],
)
def test_types_and_lengths(found: Port, is_fine: bool) -> None:
    wanted = Interface({}, {"y": Port("tensor(float)", (None, 3))})
    assert (interface_fault(wanted, Interface({}, {"y": found})) is None) == is_fine
