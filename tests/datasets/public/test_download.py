import hashlib
import json
import socket
from pathlib import Path

import pytest

from taskfusion.base.errors import DataError
from taskfusion.datasets.public.download import RemoteFile, checksum, download

BODY = bytes(range(256)) * 9000


def record(md5: str, name: str = "data.bin") -> bytes:
    files = [{"key": "other.bin", "checksum": "md5:00"}, {"key": name, "size": len(BODY), "checksum": f"md5:{md5}"}]
    return json.dumps({"id": 1, "files": files}).encode()


def test_file_arrives_whole_under_its_own_name(publisher: str, served: dict[str, bytes], tmp_path: Path) -> None:
    served["/x?download=1"] = BODY
    path = download(RemoteFile("data.bin", f"{publisher}/x?download=1"), tmp_path)
    assert path == tmp_path / "data.bin"
    assert path.read_bytes() == BODY
    assert list(tmp_path.iterdir()) == [path]


def test_file_urls_work(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(BODY)
    here = tmp_path / "here"
    here.mkdir()
    assert download(RemoteFile("data.bin", (tmp_path / "there").as_uri()), here).read_bytes() == BODY


def test_published_md5_is_checked(publisher: str, served: dict[str, bytes], tmp_path: Path) -> None:
    served |= {"/x": BODY, "/good": record(hashlib.md5(BODY).hexdigest()), "/bad": record("0123abcd")}
    with pytest.raises(DataError, match="should have the md5 0123abcd, but what arrived has"):
        download(RemoteFile("data.bin", f"{publisher}/x", f"{publisher}/bad"), tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert download(RemoteFile("data.bin", f"{publisher}/x", f"{publisher}/good"), tmp_path).read_bytes() == BODY


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>", "should list files with their checksums"),
        (b"[]", "should list files with their checksums"),
        (b'{"files": [{"key": "data.bin"}]}', "should list files with their checksums"),
        (b'{"files": []}', "should state the md5 of 'data.bin'"),
        (b'{"files": [{"key": "data.bin", "checksum": "crc32:00"}]}', "should state the md5 of 'data.bin'"),
    ],
)
def test_record_without_the_checksum(
    publisher: str, served: dict[str, bytes], tmp_path: Path, body: bytes, message: str
) -> None:
    served |= {"/x": BODY, "/record": body}
    with pytest.raises(DataError, match=message):
        download(RemoteFile("data.bin", f"{publisher}/x", f"{publisher}/record"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_http_error_names_the_address_and_the_way_out(publisher: str, served: dict[str, bytes], tmp_path: Path) -> None:
    served["/x"] = BODY
    with pytest.raises(DataError, match=r"/gone' cannot be fetched .*404.*'data.bin'.*--from"):
        download(RemoteFile("data.bin", f"{publisher}/gone"), tmp_path)
    with pytest.raises(DataError, match=r"/norecord' cannot be fetched"):
        download(RemoteFile("data.bin", f"{publisher}/x", f"{publisher}/norecord"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nobody_answers(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but not listening: connections are refused
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/data.bin"
        with pytest.raises(DataError, match="cannot be fetched"):
            download(RemoteFile("data.bin", url), tmp_path)


def test_silence_ends_in_a_timeout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/data.bin"
        with pytest.raises(DataError, match="timed out"):
            download(RemoteFile("data.bin", url), tmp_path, timeout_seconds=0.05)


def test_broken_transfer_leaves_nothing(publisher: str, served: dict[str, bytes], tmp_path: Path) -> None:
    served["/x.cut"] = BODY
    with pytest.raises(DataError, match=rf"should have {len(BODY)} bytes, but {len(BODY) - 5} arrived"):
        download(RemoteFile("data.bin", f"{publisher}/x.cut"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_progress_goes_to_stderr(
    publisher: str, served: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    served["/x"] = BODY
    download(RemoteFile("data.bin", f"{publisher}/x"), tmp_path)
    written = capsys.readouterr()
    assert written.out == ""
    assert "data.bin" in written.err


def test_checksum_is_sha256(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    assert checksum(tmp_path / "x") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
