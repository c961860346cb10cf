"""A state survives JSON."""

from taskfusion.watch.state.memory import Lane, WatchState


def test_a_state_survives_json() -> None:
    state = WatchState(layout="click", lanes={"after0": Lane.empty()}, decisions={"a": 3})
    assert WatchState.model_validate_json(state.model_dump_json()) == state
    assert state.lanes["after0"].closed_until is None
