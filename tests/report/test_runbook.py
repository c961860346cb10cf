"""One entry per remedy, alike in every language."""

import re

import pytest

from taskfusion.report.runbook import Places, runbook
from taskfusion.watch.remedy import REMEDIES

PARTS = 6
"""What it means, what users feel, look first at, do now, do after, who."""


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_remedy_has_an_entry_with_every_part_and_a_command(language: str) -> None:
    _, *entries = re.split(r"^## ", runbook(language, Places()), flags=re.MULTILINE)
    assert [entry.splitlines()[0] for entry in entries] == list(REMEDIES)
    for entry in entries:
        assert entry.count("\n- **") == PARTS, entry
        assert len(re.findall(r"^```bash\n\S.*?^```$", entry, re.MULTILINE | re.DOTALL)) == 1, entry


def test_commands_have_the_names_of_the_project() -> None:
    text = runbook("ja", Places(run="runs/feed", admin="ranker:9001"), [("モデル当番", "佐藤 | 鈴木")])
    assert "taskfusion evaluate runs/feed --data data/log/test.parquet" in text
    assert "ranker:9001/v1/rollback" in text
    assert "| モデル当番 | 佐藤 \\| 鈴木 |" in text
    assert "localhost" not in text
