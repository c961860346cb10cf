"""After a crash the routes are those of before; a file that was changed since goes before them."""

from pathlib import Path

import pytest

from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.config.routes import Canary, read_routes
from taskfusion.serve.router.state_file import StateFile


@pytest.fixture
def file(tmp_path: Path) -> StateFile:
    (tmp_path / "routes.yaml").write_text("primary: {bundle: exported}\n")
    return StateFile.beside(tmp_path / "routes.yaml")


def test_what_was_in_force_is_read_again(file: StateFile, tmp_path: Path) -> None:
    declared, none = file.read()
    assert (declared, none) == (read_routes(tmp_path / "routes.yaml"), None)
    assert declared.primary.bundle == str(tmp_path / "exported")
    other = declared.model_copy(update={"canary": Canary(bundle="/new", percent=5), "unit": "user"})
    file.write(other, declared)
    assert file.read() == (other, declared)
    assert file.path.name == "routes.state.json"


def test_a_file_that_was_changed_since_goes_before(file: StateFile, tmp_path: Path) -> None:
    declared, _ = file.read()
    other = declared.model_copy(update={"last_resort": False})
    file.write(other, declared)
    (tmp_path / "routes.yaml").write_text("primary: {bundle: third}\n")
    active, previous = file.read()
    assert active.primary.bundle == str(tmp_path / "third")
    assert previous == other


def test_a_damaged_state_is_told(file: StateFile) -> None:
    file.path.write_text("{}")
    with pytest.raises(RunError, match=r"routes\.state\.json"):
        file.read()
    file.path.unlink()
    file._routes.write_text("primary: 3\n")
    with pytest.raises(ExperimentError, match="primary"):
        file.read()
