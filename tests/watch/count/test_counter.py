"""A counter takes pieces in any order and survives being left between any two."""

from pathlib import Path

from taskfusion.config.watch import read_watch
from taskfusion.watch.count.counter import Counter
from taskfusion.watch.read import decisions, outcomes
from taskfusion.watch.reference.model import KnownModels
from taskfusion.watch.state.memory import WatchState
from taskfusion.watch.state.spool import Spool
from watch.worlds import World


def test_a_counter_that_is_left_after_every_piece_is_the_same(tmp_path: Path) -> None:
    world = World(tmp_path)
    settings, kpis = read_watch(world.begin())
    for hour in range(3):
        world.hours(hour, 1, 200)
    models = KnownModels(settings.references)

    def opened(folder: Path, state: WatchState) -> tuple[Counter, Spool, Spool]:
        waiting, history = Spool(folder / "waiting", state.spool), Spool(folder / "history", state.history)
        return Counter(models, kpis, state, waiting, history), waiting, history

    def counted(folder: Path, *, leaves: bool) -> WatchState:
        counter, _, _ = opened(folder, WatchState(layout="same"))
        pieces = outcomes.read_new(settings.outcomes, {}, counter.columns(settings), [])
        for piece in pieces:
            counter.add_outcomes(piece)
            if leaves:
                counter, _, _ = opened(folder, WatchState.model_validate_json(counter.state().model_dump_json()))
        found = decisions.read_new(Path(settings.decisions), {}, counter.predictions, counter.bundles, counter.arms)
        for one in list(found):
            counter.add_decisions(one)
            if leaves:
                counter, _, _ = opened(folder, WatchState.model_validate_json(counter.state().model_dump_json()))
        for _ in counter.close():
            pass
        return counter.state()

    one, other = counted(tmp_path / "a", leaves=False), counted(tmp_path / "b", leaves=True)
    assert one.lanes == other.lanes
    assert one.windows == other.windows
    assert one.num_decisions == other.num_decisions == 600
    assert Counter.layout(models, kpis).startswith("click (click) after 0 days; like (like)")
