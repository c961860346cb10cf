"""The files of an export, checked before any of them is parsed: names, places, sizes, hashes, and what graphs point to.

Whoever can write the directory can write hashes too. So a file is read only under a name that export gives, within a
bound of its size, and from inside the directory; what else lies there is never opened.
"""

import os
import re
from pathlib import Path
from typing import Final

from taskfusion.base.errors import RunError
from taskfusion.base.manifest import MANIFEST, Manifest, read_manifest, require_sealed
from taskfusion.base.nearest import nearest_path
from taskfusion.serve.graph_file import require_plain_graph

SCORER: Final = "scorer.json"
SCHEMA: Final = "schema.json"
WEIGHTS: Final = "weights.bin"
ENCODER: Final = "encoder"
"""Folder of the fitted encoder."""

NAMES: Final = re.compile(
    r"(scorer|schema|reference|model_card)\.json|model_card\.html|[a-z_]+\.onnx|weights\.bin"
    r"|encoder/(encoder\.json|(vocabulary|frequency)_\d+\.(safetensors|parquet))"
)
"""Names of the files that export writes."""

LONGEST_MANIFEST: Final = 1 << 20
LONGEST_JSON: Final = 1 << 24
"""Bytes that are read of a JSON file; the largest of a model of thousands of features has a few hundred thousand."""

_AGAIN: Final = "copy the export again, or export the run again"


def require_bundle(directory: Path) -> Manifest:
    """See that a directory is what export wrote, to the byte, and that nothing in it leads elsewhere.

    Raises:
        RunError: a file is missing, changed, too large, of a name that export does not give, or leads out of the
            directory; the message names it.
    """
    if not directory.is_dir():
        raise RunError(
            f"'{directory}' should be a directory made by taskfusion export, but is not there{nearest_path(directory)}"
        )
    if not (directory / MANIFEST).is_file() or not (directory / SCORER).is_file():
        raise RunError(
            f"'{directory}' should be a directory made by taskfusion export, but holds no {SCORER} with a {MANIFEST}; "
            f"export the run again"
        )
    _require_inside(directory, MANIFEST)
    _require_short(directory, MANIFEST, (directory / MANIFEST).stat().st_size, LONGEST_MANIFEST)
    manifest = read_manifest(directory)
    for name, entry in manifest.files.items():
        if not NAMES.fullmatch(name):
            raise RunError(
                f"'{directory / MANIFEST}' lists '{name[:100]}', which is no file that export writes; {_AGAIN}"
            )
        _require_inside(directory, name)
        if name.endswith(".json"):
            _require_short(directory, name, entry.bytes, LONGEST_JSON)
    _require_listed(directory, manifest)
    require_sealed(directory)
    for name in manifest.files:
        if name.endswith(".onnx"):
            require_plain_graph(directory / name, directory / WEIGHTS)
    return manifest


def _require_inside(directory: Path, name: str) -> None:
    """Symbolic links may stay inside, as in a mounted volume."""
    found = os.path.realpath(directory / name)
    if not Path(found).is_relative_to(os.path.realpath(directory)):
        raise RunError(f"'{directory / name}' leads out of its directory, to '{found}'; {_AGAIN}, without links")


def _require_short(directory: Path, name: str, found: int, most: int) -> None:
    if found > most:
        raise RunError(
            f"'{directory / name}' should have at most {most:,} bytes, found {found:,}; no export has as many; {_AGAIN}"
        )


def _require_listed(directory: Path, manifest: Manifest) -> None:
    """A file of a name that is read, and that is not listed, would be read unchecked."""
    folders = filter(Path.is_dir, (directory, directory / ENCODER))
    there = (path.relative_to(directory).as_posix() for folder in folders for path in sorted(folder.iterdir()))
    strange = next((name for name in there if NAMES.fullmatch(name) and name not in manifest.files), None)
    if strange is not None:
        raise RunError(
            f"'{directory / strange}' is not listed in {MANIFEST}, so it came there from elsewhere; remove it"
        )
