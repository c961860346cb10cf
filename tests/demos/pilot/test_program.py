import os
import sys
import time
from pathlib import Path

import pytest

from demos.pilot import program
from demos.pilot.program import FailedError, Programs, shown


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    return Programs(tmp_path, tmp_path / "logs")


def as_python(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(program, "_command", lambda _: [sys.executable, "-c", text])


def test_a_command_says_what_it_found(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    as_python(monkeypatch, "import sys; print('on the way'); print('note', file=sys.stderr); print('{\"a\": 1}')")
    assert programs.run("pilot", "plan", "charter.yaml") == {"a": 1}
    log = programs.folder / "logs" / "01-pilot-plan.log"
    assert {"note", "on the way"} <= set(log.read_text().splitlines())
    commands = (programs.folder / "logs" / "commands.txt").read_text()
    assert commands == "01-pilot-plan.log: taskfusion pilot plan charter.yaml\n"


def test_a_real_command_that_fails_is_named_with_its_log(programs: Programs) -> None:
    with pytest.raises(FailedError) as failed:
        programs.run("decisions", "nowhere")
    message = str(failed.value)
    assert "'nowhere' should be the directory of a decision log" in message
    assert "taskfusion decisions nowhere" in message
    assert "ended with code 2" in message
    assert "01-decisions-nowhere.log" in message


def test_an_exit_code_may_be_allowed(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    as_python(monkeypatch, "print('{}'); raise SystemExit(1)")
    assert programs.run("pilot", allowed=(0, 1)) == {}


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_program_beside_ends_however_the_block_ends(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    as_python(monkeypatch, "import os, time; print('{\"pid\": %d}' % os.getpid(), flush=True); time.sleep(60)")
    found: list[int] = []

    def stopped() -> None:
        with programs.beside("serve") as running:
            found.append(running.said(20)["pid"])
            assert is_alive(found[0])
            running.require_running()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert not is_alive(found[0])


def test_a_program_that_ends_early_is_named(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    as_python(monkeypatch, "raise SystemExit('the port is taken')")
    with programs.beside("serve") as running:
        with pytest.raises(FailedError, match="the port is taken"):
            running.require_code(0)
        with pytest.raises(FailedError, match="taskfusion serve"):
            running.require_running()
        with pytest.raises(FailedError, match="ended with code 1"):
            running.said(5)


def test_a_program_that_says_nothing_is_not_waited_for(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    as_python(monkeypatch, "import time; time.sleep(60)")
    begun = time.monotonic()
    with programs.beside("serve") as running, pytest.raises(FailedError, match="did not begin within"):
        running.said(0.2)
    assert time.monotonic() < begun + 20


def test_commands_are_shown_as_typed() -> None:
    assert shown(("export", "a run", "--out", "out")) == "taskfusion export 'a run' --out out"
