import subprocess
import sys
from pathlib import Path

from demos.pilot.teller import Teller


def test_lines_are_short_and_have_the_time() -> None:
    lines: list[str] = []
    seconds = iter([0.0, 61.4, 61.4])
    teller = Teller(lines.append, lambda: next(seconds))
    teller.tell("word " * 40)
    teller.act("First try")
    assert lines[0].startswith("   61 s word")
    assert all(len(line) <= 80 for line in lines)
    assert all(line.startswith(" " * 8) for line in lines[1:-2])
    assert lines[-2:] == ["", "   61 s FIRST TRY"]


def test_paths_are_not_broken() -> None:
    lines: list[str] = []
    path = Path("/very/long") / ("folder" * 20) / "report.html"
    Teller(lines.append).pages({"Memo: ship": path})
    assert lines == ["- Memo: ship", f"  {path}"]


def test_a_pipe_shows_lines_at_once() -> None:
    code = "from demos.pilot.teller import Teller; Teller().tell('begun'); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[3], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert b"begun" in process.stdout.readline()
        process.communicate(b"\n")
