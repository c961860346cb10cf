"""What compare prints, of a comparison that the docs keep."""

from pathlib import Path

import pytest

from taskfusion.cli.output import out
from taskfusion.cli.show.compare import print_comparison
from taskfusion.run.record.comparison import ComparisonRecord

KEPT = Path(__file__).parents[3] / "docs" / "results" / "kuairand" / "main.json"


@pytest.mark.parametrize("width", [80, 160])
def test_all_methods_and_numbers_are_whole_and_fit(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = ComparisonRecord.model_validate_json(KEPT.read_text("utf-8"))
    monkeypatch.setattr(out, "width", width)
    print_comparison(found)
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= width
    assert shown.startswith("test rows, mean over 5 seeds; lower is better, of gains higher\n")
    words = shown.split()
    for method in found.summary.variants:
        assert method.variant in words
        for task in found.tasks:
            assert f"{method.tasks[task.name]['relative_loss'].mean:.4f}" in words
    assert all(task.name in words for task in found.tasks)
