"""What check prints, in a narrow terminal too."""

import pytest

from sound_log import sound_experiment, split_tables
from taskfusion.cli.output import out
from taskfusion.cli.show.check import print_check
from taskfusion.inspect.check.experiment import check_experiment


@pytest.mark.parametrize("width", [80, 160])
def test_every_task_and_feature_is_shown_whole_and_fits(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = sound_experiment({})
    found = check_experiment(experiment, {name: table.lazy() for name, table in split_tables().items()})
    monkeypatch.setattr(out, "width", width)
    print_check(found)
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= width
    first = [line.split(" ")[0] for line in shown.splitlines()]
    for name in [*(task.name for task in experiment.tasks), *(feature.name for feature in experiment.features)]:
        assert name in first
    assert "nothing looks wrong" in shown
    assert "3,000 rows" in shown
