"""kit, as it is typed: files filled with a project's names, or one sentence."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from projects import write_project
from taskfusion.cli.app import app
from taskfusion.config.charter import read_charter


def _call(*arguments: object) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["kit", *map(str, arguments)])
    return found.exit_code, found.output


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_kit_is_written_and_its_gaps_counted(tmp_path: Path, lang: str) -> None:
    file = write_project(tmp_path)
    code, said = _call(file, "--out", tmp_path / "kit", "--lang", lang, "--json")
    assert code == 0, said
    found = json.loads(said.splitlines()[-1])
    assert sorted([*found["files"], "report.html"]) == sorted(path.name for path in (tmp_path / "kit").iterdir())
    texts = {name: (tmp_path / "kit" / name).read_text("utf-8") for name in found["files"]}
    counts = {name: text.count(found["mark"]) for name, text in texts.items() if name != "README.md"}
    assert found["open"] == {name: count for name, count in counts.items() if count}
    charter, kpis = read_charter(tmp_path / "kit" / "charter.yaml")
    assert (charter.unit, list(kpis)) == ("user_id", ["clicks", "likes"])


def test_people_are_told_where_to_begin(tmp_path: Path) -> None:
    file = write_project(tmp_path)
    code, said = _call(file, "--out", tmp_path / "kit")
    assert code == 0, said
    assert "values are left to people: search for 'FILL IN:'" in said
    assert "charter.yaml: 1 to fill in" in said


def test_nothing_is_written_over(tmp_path: Path) -> None:
    file = write_project(tmp_path)
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit" / "roles.md").write_text("ours")
    code, said = _call(file, "--out", tmp_path / "kit")
    assert (code, "exists already" in said) == (2, True)
    assert [path.name for path in (tmp_path / "kit").iterdir()] == ["roles.md"]


def test_bad_input_is_one_sentence(tmp_path: Path) -> None:
    file = write_project(tmp_path)
    code, said = _call(file, "--out", tmp_path / "kit", "--kpi", tmp_path / "kpis.yaml")
    assert (code, "did you mean" in said, "Traceback" in said) == (2, True, False)
    assert not (tmp_path / "kit").exists()
