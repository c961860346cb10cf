"""What people read of a catalogue."""

from pathlib import Path

import pytest

from taskfusion.cli.show.catalogue import print_catalogue
from taskfusion.serve.catalogue.record import ArrayFile, CatalogueRecord, Changes


def test_counts_and_what_to_type_next(capsys: pytest.CaptureFixture[str]) -> None:
    record = CatalogueRecord(
        bundle="my bundle",
        fingerprint="f",
        table=[],
        item_id="video",
        items=1234,
        file=ArrayFile(name="items-000001.bin", bytes=1 << 20, sha256="0" * 64, arrays=[]),
        changes=Changes(new=1000, changed=34, kept=200, gone=7),
    )
    print_catalogue(record, Path("out"))
    first, second = capsys.readouterr().out.splitlines()
    assert first == "1,234 items by video, 1.0 MiB: 1,000 new, 34 changed, 200 kept, 7 gone"
    assert second == "serve them: taskfusion serve 'my bundle' --items out"
