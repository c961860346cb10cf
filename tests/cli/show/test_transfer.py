"""What transfer prints."""

import pytest

from taskfusion.cli.output import out
from taskfusion.cli.show.transfer import print_transfer
from transfers import RECORD


@pytest.mark.parametrize("width", [40, 160])
def test_matrix_and_sentences(width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(out, "width", width)
    print_transfer(RECORD)
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= width
    text = " ".join(shown.split())
    assert "click harms the other tasks on average" in text
    assert "Forbid the edge" in text
    assert "\u22122.00" in text
