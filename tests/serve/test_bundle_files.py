"""An export is refused before anything of it is parsed, where its files are not those that export writes."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from serve.conftest import Exported
from taskfusion.base.errors import RunError
from taskfusion.base.manifest import MANIFEST, Manifest, read_manifest, seal
from taskfusion.base.record import write_artifact
from taskfusion.serve.bundle_files import NAMES, require_bundle


@pytest.fixture
def bundle(exported: Exported, tmp_path: Path) -> Path:
    return shutil.copytree(exported.path, tmp_path / "bundle")


def _seal(bundle: Path) -> None:
    (bundle / MANIFEST).unlink()
    seal(bundle, [path for path in bundle.rglob("*") if path.is_file()])


def _listed_as(bundle: Path, name: str) -> None:
    """The manifest lists one file under another name."""
    files = dict(read_manifest(bundle).files)
    files[name] = files.pop("model.onnx")
    write_artifact(bundle / MANIFEST, Manifest(files=files))


def _link(bundle: Path, name: str) -> None:
    outside = bundle.parent / f"outside-{Path(name).name}"
    shutil.move(bundle / name, outside)
    (bundle / name).symlink_to(outside)


def _unlisted(bundle: Path, name: str) -> None:
    files = dict(read_manifest(bundle).files)
    files.pop(name, None)
    write_artifact(bundle / MANIFEST, Manifest(files=files))
    (bundle / name).touch()


def _grow(bundle: Path, name: str, size: int) -> None:
    with (bundle / name).open("ab") as file:
        file.write(b" " * size)


def _grown_and_sealed(bundle: Path) -> None:
    _grow(bundle, "schema.json", 1 << 25)
    _seal(bundle)


def _pipe(bundle: Path) -> None:
    (bundle / "item.onnx").unlink()
    os.mkfifo(bundle / "item.onnx")


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a path upwards": (lambda bundle: _listed_as(bundle, "../model.onnx"), r"lists '\.\./model\.onnx'"),
    "an absolute path": (lambda bundle: _listed_as(bundle, "/etc/passwd"), "lists '/etc/passwd'"),
    "a strange name": (lambda bundle: _listed_as(bundle, "model.pkl"), r"lists 'model\.pkl'"),
    "a name with a line break": (lambda bundle: _listed_as(bundle, "model.onnx\n"), "lists 'model"),
    "a link outwards": (lambda bundle: _link(bundle, "model.onnx"), r"model\.onnx' leads out"),
    "a folder outwards": (lambda bundle: _link(bundle, "encoder"), r"encoder.*leads out"),
    "a manifest outwards": (lambda bundle: _link(bundle, MANIFEST), r"manifest\.json' leads out"),
    "a file that came later": (lambda bundle: _unlisted(bundle, "trees.onnx"), r"trees\.onnx' is not listed"),
    "what is needed": (lambda bundle: _unlisted(bundle, "schema.json"), r"schema\.json' is not listed"),
    "a table that came later": (lambda bundle: _unlisted(bundle, "encoder/frequency_9.safetensors"), "frequency_9"),
    "a long manifest": (lambda bundle: _grow(bundle, MANIFEST, 1 << 21), r"manifest\.json' should have at most"),
    "a long record": (_grown_and_sealed, r"schema\.json' should have at most"),
    "a changed byte": (lambda bundle: _grow(bundle, "candidates.onnx", 1), r"candidates\.onnx' is not the file"),
    "a pipe": (_pipe, r"item\.onnx"),
}


@pytest.mark.parametrize(("change", "words"), CHANGES.values(), ids=list(CHANGES))
def test_what_export_does_not_write_is_refused_by_name(
    change: Callable[[Path], object], words: str, bundle: Path
) -> None:
    change(bundle)
    with pytest.raises(RunError, match=words):
        require_bundle(bundle)


def test_other_files_are_left_alone_and_links_may_stay_inside(bundle: Path) -> None:
    """As a mounted volume has them: each name is a link to a folder beside it."""
    (bundle / "notes.txt").write_text("of mine")
    shutil.move(bundle / "model.onnx", bundle / "..data")
    (bundle / "model.onnx").symlink_to("..data")
    require_bundle(bundle)


def test_export_writes_files_of_known_names_alone(exported: Exported) -> None:
    assert all(NAMES.fullmatch(name) for name in require_bundle(exported.path).files)


def test_what_is_no_export_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="directory made by taskfusion export"):
        require_bundle(tmp_path)


def test_a_directory_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "exported").mkdir()
    with pytest.raises(RunError, match=r"is not there; did you mean '.*exported'\?"):
        require_bundle(tmp_path / "exportde")
