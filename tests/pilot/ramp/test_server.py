"""What a server says, and what is wrong with it."""

from pathlib import Path

import pytest

from pilot.ramps import BASE, StandIn, stand_in
from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.config.derive import derive
from taskfusion.config.routes import Canary
from taskfusion.pilot.ramp.server import Server, ServerAwayError

ROUTES = derive(BASE, canary=Canary(bundle="/models/new", percent=1))


def test_routes_are_shown_and_changed(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret\n")
    with stand_in() as server:
        asked = Server(server.address + "/", str(tmp_path / "token"))
        assert asked.look().routes == BASE
        assert asked.put(ROUTES).versions == {"primary": "old", "canary": "new"}
        found = asked.widen(20).routes.canary
        assert found is not None
        assert found.percent == 20
        assert asked.look().breakers["canary"] == "closed"


@pytest.mark.parametrize("status", [500, 503, 429])
def test_what_may_pass_is_the_server_being_away(status: int) -> None:
    with stand_in() as server:
        server.status = status
        with pytest.raises(ServerAwayError, match=str(status)):
            Server(server.address).look()
    with pytest.raises(ServerAwayError, match="refused"):
        Server(server.address).look()


def test_what_a_person_has_to_mend_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with stand_in() as server:
        with pytest.raises(RunError, match=r"refuses \(422\): there is no canary"):
            Server(server.address).widen(5)
        server.status = 403
        with pytest.raises(RunError, match=r"refuses \(403\): models are changed only with a token"):
            Server(server.address).put(ROUTES)
        server.status = 0
        monkeypatch.setattr(StandIn, "document", lambda self: {"hello": 1})
        with pytest.raises(RunError, match="should be the admin port of taskfusion serve"):
            Server(server.address).look()
    (tmp_path / "empty").write_text("")
    with pytest.raises(ExperimentError, match="token"):
        Server("http://localhost:1", str(tmp_path / "empty"))
