"""The command prints one row per share and method."""

from pathlib import Path

import pytest

from benchmarks.few_labels import __main__ as command
from benchmarks.few_labels.cell import FewLabels, Setting


def _reached(case: str, share: float, seed: int, *, method: str, auc: float, ne: float) -> FewLabels:
    return FewLabels(case=case, task="t", share=share, labels=9, seed=seed, method=method, auc=auc, ne=ne)


def test_rows_are_means_over_seeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def results(self: Setting, methods: list[str], progress: object) -> list[FewLabels]:
        place = (self.case, self.share, self.seed)
        return [_reached(*place, method=name, auc=0.6 + self.seed / 10, ne=self.share) for name in methods]

    monkeypatch.setattr(Setting, "results", results)
    command.main(["feed", "--shares", "0.05,1", "--seeds", "2", "--methods", "lightgbm", "--out", str(tmp_path)])
    lines = capsys.readouterr().out.splitlines()
    assert "| 5% | 2 | lightgbm | 0.6500 ± 0.0707 | 0.0500 ± 0.0000 |" in lines
    assert "| 100% | 2 | lightgbm | 0.6500 ± 0.0707 | 1.0000 ± 0.0000 |" in lines


def test_a_case_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["films"])
    assert "kuairand" in capsys.readouterr().err
