"""Every registered benchmark runs on tiny sizes and has its place on a page."""

import re
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS, DOCS, Benchmark, MissingPeerError, heading, main, write


@pytest.mark.parametrize("name", BENCHMARKS)
def test_it_runs_on_tiny_sizes(name: str) -> None:
    try:
        text = BENCHMARKS[name].run(tiny=True)
    except MissingPeerError as error:
        pytest.skip(str(error))
    tables = re.findall(r"^\|.*\|$(?:\n\|.*\|$){2,}", text, re.MULTILINE)
    assert tables
    for table in tables:
        assert len({line.count(" | ") for line in table.splitlines()}) == 1


@pytest.mark.parametrize("name", BENCHMARKS)
def test_its_page_has_its_marks_and_its_command(name: str) -> None:
    page = (DOCS / BENCHMARKS[name].page).read_text(encoding="utf-8")
    assert page.count(f"<!-- {name} -->\n") == page.count(f"\n<!-- end of {name} -->") == 1
    assert f"`python -m benchmarks {name}`" in page


def test_tiny_runs_are_printed_with_what_they_ran_on(capsys: pytest.CaptureFixture[str]) -> None:
    pages = {benchmark.page: (DOCS / benchmark.page).read_bytes() for benchmark in BENCHMARKS.values()}
    main(["device-step", "--tiny"])
    assert f"## device-step\n\n{heading()}\n\n| device |" in capsys.readouterr().out
    assert all((DOCS / page).read_bytes() == content for page, content in pages.items())


def test_without_a_name_they_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    main([])
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == list(BENCHMARKS)


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["training-stop"])
    assert "'training-stop'" in capsys.readouterr().err


def test_a_missing_peer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "against_nothing.py").write_text("import no_such_peer.part\n")
    (tmp_path / "broken_inside.py").write_text("import taskfusion.no_such_module\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(MissingPeerError, match=r"no_such_peer is not installed.*make bench"):
        Benchmark("against_nothing", "benchmarks.md", "").run(tiny=True)
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        Benchmark("broken_inside", "benchmarks.md", "").run(tiny=True)
    assert "against_nothing" not in sys.modules


def test_a_text_goes_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- x -->\nold\n<!-- end of x -->\nb\n")
    for text in ("first \\1", "second"):
        write(page, "x", text)
        assert page.read_text() == f"a\n<!-- x -->\n{text}\n<!-- end of x -->\nb\n"
    with pytest.raises(ValueError, match="<!-- y -->"):
        write(page, "y", "text")
