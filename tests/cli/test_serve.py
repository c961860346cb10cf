"""The command serve: what it refuses before it listens."""

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from taskfusion.cli.app import app


def refused(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["serve", *map(str, arguments)])
    assert result.exit_code == 2, result.output
    return " ".join(result.output.split())


def test_a_folder_that_is_no_bundle_is_refused(tmp_path: Path) -> None:
    assert "made by taskfusion export" in refused(tmp_path, "--port", 0, "--admin-port", 0)


def test_a_port_that_is_taken_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = refused(tmp_path, "--port", taken.getsockname()[1], "--admin-port", 0)
    assert "cannot be listened at" in said
    assert "choose another with --port" in said


@pytest.mark.parametrize("host", ["999.1.1.1", "nowhere.invalid"])
def test_a_host_that_is_none_of_this_machine_is_refused(host: str, tmp_path: Path) -> None:
    assert "cannot be listened at" in refused(tmp_path, "--host", host)


def test_a_token_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    said = refused(tmp_path, "--port", 0, "--admin-port", 0, "--token-file", tmp_path / "none")
    assert "openssl rand -hex 32" in said


def test_a_log_that_cannot_be_written_is_refused_before_models_are_loaded(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = refused(tmp_path, "--port", 0, "--admin-port", 0, "--decisions", tmp_path / "file")
    assert "name another directory for decisions" in said


def test_a_file_of_routes_says_where_its_log_is(tmp_path: Path) -> None:
    (tmp_path / "routes.yaml").write_text("primary: {bundle: a}")
    said = refused(tmp_path / "routes.yaml", "--decisions", tmp_path / "log")
    assert "--decisions goes with a bundle" in said
