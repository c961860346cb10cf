"""A ramp on a server: stages in order, and whatever goes wrong."""

from pathlib import Path
from typing import Any

import pytest

from pilot.ramps import BASE, STAGES, START, Direct, StandIn, World
from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.config.derive import derive
from taskfusion.config.ramp import Stage
from taskfusion.config.routes import Routes, Tier
from taskfusion.pilot.ramp.journal import JOURNAL


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    found = World(tmp_path, StandIn())
    monkeypatch.setattr("os.fsync", lambda descriptor: None)
    monkeypatch.setattr("taskfusion.pilot.ramp.drive.Server", lambda *_: Direct(found.server))
    return found


def _percent(world: World) -> float:
    return _given(world.server.routes)


def _given(routes: Routes) -> float:
    return 0.0 if routes.canary is None else routes.canary.percent


def test_a_candidate_goes_through_all_stages(world: World) -> None:
    record = world.drive().run()
    assert (record.phase, record.stage, record.percent, record.bundle) == ("done", 3, 99, "new")
    assert world.server.changes == [0, 1, 5, 99]
    assert all(stage.watched_hours >= 1 and stage.outcome == "success" for stage in record.stages)
    assert world.server.routes.score == BASE.score
    assert world.drive().run().phase == "done"
    assert world.server.changes == [0, 1, 5, 99]


def test_it_ends_after_a_stage_and_goes_on(world: World) -> None:
    record = world.drive(until=1).run()
    assert (record.phase, record.stage, record.until, _percent(world)) == ("staying", 1, "1", 1)
    assert world.drive().run().phase == "done"
    with_less = World(world.folder, world.server)
    assert with_less.drive(until=1).record.phase == "done"


def test_it_says_where_it_is_beyond_the_stage_to_end_after(world: World) -> None:
    world.drive(until=2).run()
    with pytest.raises(ExperimentError, match="should end after the stage 1, but is beyond it"):
        world.drive(until=1)


def _at_one_percent(world: World) -> None:
    world.drive(until=1).run()


def test_harm_takes_all_units_back_at_once(world: World) -> None:
    _at_one_percent(world)
    world.alarm("roll back", "new")
    record = world.drive().run()
    assert (record.phase, record.percent, _percent(world)) == ("rolled back", 0, 0)
    assert record.stages[1].reasons[0].kind == "alarm"
    assert world.drive().run().phase == "rolled back"
    assert world.server.changes == [0, 1, 0]


def test_harm_in_the_shadow_ends_it(world: World) -> None:
    drive = world.drive()
    drive.look()
    assert world.server.routes.shadow is not None
    world.alarm("roll back")
    assert drive.run().phase == "rolled back"
    assert world.server.routes == BASE


def test_what_is_inconclusive_holds_and_ends_in_time(world: World) -> None:
    _at_one_percent(world)
    world.alarm("hold")
    assert world.drive().run().phase == "held"
    assert _percent(world) == 1
    world.alarm()
    assert world.drive().run().phase == "done"
    assert "resumed" in [line.event for line in world.lines]


def test_missing_alarms_hold_and_then_roll_back(world: World) -> None:
    _at_one_percent(world)
    world.silence()
    before = world.now
    record = world.drive().run()
    assert (record.phase, _percent(world)) == ("rolled back", 0)
    assert 2 <= (world.now - before).total_seconds() / 3600 < 2.5


def test_a_server_that_is_away_holds_and_is_rolled_back_when_it_answers(world: World) -> None:
    _at_one_percent(world)
    world.server.status = 503
    drive = world.drive()
    for _ in range(14):
        action = drive.look()
        world.wait(600)
    assert (action, drive.record.phase, _percent(world)) == ("leave", "leaving", 1)
    world.server.status = 0
    assert world.drive().run().phase == "rolled back"
    assert _percent(world) == 0


def test_harm_is_not_forgotten_while_the_server_is_away(world: World) -> None:
    _at_one_percent(world)
    world.server.status = 503
    world.alarm("roll back")
    assert world.drive().look() == "leave"
    world.alarm()
    world.server.status = 0
    assert world.drive().run().phase == "rolled back"
    assert _percent(world) == 0


@pytest.mark.parametrize("change", [{"score": "like"}, {"canary": None}, {"primary": Tier(bundle="/models/third")}])
def test_routes_that_somebody_changed_are_left_alone(world: World, change: dict[str, Any]) -> None:
    _at_one_percent(world)
    mine = world.server.routes
    world.server.routes = derive(mine, **change)
    with pytest.raises(RunError, match="somebody changed them"):
        world.drive().run()
    assert world.server.changes == [0, 1]
    assert (world.lines[-1].event, world.drive().record.error[:30]) == ("error", world.lines[-1].message[:30])
    world.server.routes = mine
    assert world.drive().run().phase == "done"


def test_harm_takes_units_back_though_somebody_changed_other_routes(world: World) -> None:
    _at_one_percent(world)
    world.server.routes = derive(world.server.routes, score="like")
    world.alarm("roll back")
    assert world.drive().run().phase == "rolled back"
    assert (_percent(world), world.server.routes.score) == (0, "like")


def test_a_candidate_that_somebody_made_the_primary_is_told(world: World) -> None:
    _at_one_percent(world)
    world.server.routes = derive(BASE, primary=Tier(bundle="/models/new"))
    world.alarm("roll back")
    with pytest.raises(RunError, match="has NOT lost its units"):
        world.drive().run()


def test_another_model_under_the_same_name_is_rolled_back(world: World) -> None:
    _at_one_percent(world)
    world.server.versions["/models/new"] = "newer"
    assert world.drive().run().phase == "rolled back"


def test_a_refusal_stops_it_and_it_goes_on(world: World) -> None:
    _at_one_percent(world)
    world.server.status = 403
    for _ in range(2):
        with pytest.raises(RunError, match="only with a token"):
            world.drive().run()
    assert [line.event for line in world.lines].count("error") == 1
    world.server.status = 0
    assert world.drive().run().phase == "done"


def test_it_does_not_begin_where_there_is_no_server(world: World) -> None:
    world.server.status = 503
    with pytest.raises(RunError, match="start the server"):
        world.drive()
    assert not (world.folder / "ramp").exists()


def test_a_journal_of_another_ramp_is_refused(world: World) -> None:
    _at_one_percent(world)
    world.ramp = world.of(stages=(Stage(percent=50, hours=1),))
    with pytest.raises(RunError, match="another stages and percents"):
        world.drive()
    world.ramp = world.of(candidate=Tier(bundle="/models/new", deadline_ms=70))
    with pytest.raises(RunError, match="another candidate"):
        world.drive()


@pytest.mark.parametrize("harm", [False, True])
def test_every_beginning_of_a_journal_goes_on_at_the_right_place(world: World, harm: bool) -> None:
    """The server is where it was when the line was written, or one step further where the line announces it."""
    path = world.folder / "ramp" / JOURNAL
    world.ramp = world.of(stages=[derive(stage, hours=0.3) for stage in STAGES])
    drive = world.drive()
    while drive.look() != "end":
        world.wait(600)
        if harm and len(world.lines) > 8:
            world.alarm("roll back")
    content, seen = path.read_bytes(), [*world.seen, world.server.routes]
    ends = [place for place, byte in enumerate(content, 1) if byte == ord("\n")]
    for number, end in enumerate(ends):
        for cut in (end, end + 40):
            for routes in seen[number : number + 2]:
                path.write_bytes(content[:cut])
                world.server.routes, world.server.changes = routes, []
                world.now = START
                world.alarm("roll back" if harm else None)
                assert world.drive().run().phase == ("rolled back" if harm else "done")
                given = [one for one in world.server.changes if one]
                assert given == ([] if harm else [one for one in (1, 5, 99) if one > _given(routes)])
                assert _percent(world) == (0 if harm else 99)
