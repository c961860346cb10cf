"""A mutation is drawn by its seed, leaves a manifest that is right, and can be undone."""

import shutil
from pathlib import Path

import pytest

from benchmarks.mutated_bundles.mutation import mutate, restore
from serve.conftest import Exported
from taskfusion.base.errors import RunError
from taskfusion.base.manifest import MANIFEST, require_sealed


def _contents(bundle: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in bundle.rglob("*") if path.is_file()}


def test_hashes_are_right_again_and_all_is_undone(exported: Exported, tmp_path: Path) -> None:
    bundle = shutil.copytree(exported.path, tmp_path / "bundle")
    before, names = _contents(bundle), set()
    for seed in range(60):
        words, content = mutate(bundle, seed)
        names.add(words)
        changed = [name for name, found in _contents(bundle).items() if found != before[name]]
        assert len([name for name in changed if not name.endswith(MANIFEST)]) <= 1
        if MANIFEST not in words:
            require_sealed(bundle)
        restore(content)
        assert _contents(bundle) == before
    assert len(names) > 30


def test_a_seed_is_one_mutation(exported: Exported, tmp_path: Path) -> None:
    copies = [shutil.copytree(exported.path, tmp_path / name) for name in "ab"]
    for seed in range(10):
        words = {mutate(copy, seed)[0] for copy in copies}
        assert len(words) == 1
    found = [list(_contents(copy).values()) for copy in copies]
    assert sorted(found[0]) == sorted(found[1])


def test_a_changed_byte_without_a_new_manifest_is_refused(exported: Exported, tmp_path: Path) -> None:
    bundle = shutil.copytree(exported.path, tmp_path / "bundle")
    manifest = (bundle / MANIFEST).read_bytes()
    refused = 0
    for seed in range(20):
        words, content = mutate(bundle, seed)
        if MANIFEST not in words and any(path.read_bytes() != was for path, was in content.items()):
            (bundle / MANIFEST).write_bytes(manifest)
            with pytest.raises(RunError, match=words.rpartition(" ")[2]):
                require_sealed(bundle)
            refused += 1
        restore(content)
    assert refused > 10
