"""The file of a ramp is strict, and stages only widen."""

from pathlib import Path

import pytest

from taskfusion.base.errors import ExperimentError
from taskfusion.config.ramp import Ramp, read_ramp, stage_names

TEXT = "charter: charter.yaml\ncandidate: {bundle: exported-next, deadline_ms: 60}\nalarms: watch/alarms.json\n"


def _read(folder: Path, text: str) -> Ramp:
    (folder / "ramp.yaml").write_text(text)
    return read_ramp(folder / "ramp.yaml")


def test_it_is_read_with_paths_of_its_folder(tmp_path: Path) -> None:
    found = _read(tmp_path, TEXT)
    assert found.candidate.directories == (str(tmp_path / "exported-next"),)
    assert (found.charter, found.alarms) == (str(tmp_path / "charter.yaml"), str(tmp_path / "watch/alarms.json"))
    assert (found.outcomes, found.token_file) == (None, None)


def test_stages_by_default_leave_a_holdback(tmp_path: Path) -> None:
    found = _read(tmp_path, TEXT)
    assert found.percents == (0, 1, 5, 20, 50, 99)
    assert found.deciding == 4
    assert list(stage_names(found.stages)) == ["shadow", "1", "5", "20", "50", "100"]
    assert [found.stage_at(one) for one in ("shadow", "20", "20%", "100", "21")] == [0, 3, 3, 5, None]


def test_fractions_and_other_holdbacks_are_possible(tmp_path: Path) -> None:
    stages = "stages: [{percent: 0.5, hours: 0.001}, {percent: 60, hours: 1, days: 3}]\nholdback: 10\n"
    found = _read(tmp_path, TEXT + stages)
    assert (found.percents, found.deciding) == ((0.5, 60), 0)
    assert _read(tmp_path, f"{TEXT}stages: [{{percent: 80, hours: 1}}]\n").deciding is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TEXT.replace("alarms", "alarm"), "did you mean 'alarms'"),
        (TEXT.replace("alarms: watch/alarms.json\n", ""), "needs outcomes or alarms, or nobody judges"),
        (f"{TEXT}server: localhost\n", "server"),
        (f"{TEXT}stages: [{{percent: 1, hours: 1}}, {{percent: shadow, hours: 1}}]\n", "shadow goes before all others"),
        (f"{TEXT}stages: [{{percent: 5, hours: 1}}, {{percent: 5, hours: 1}}]\n", "wider than the one before"),
        (f"{TEXT}stages: [{{percent: 99, hours: 1}}, {{percent: 100, hours: 1}}]\n", "holdback of 1 percent"),
        (f"{TEXT}stages: [{{percent: 5, hours: 0}}]\n", "hours"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        _read(tmp_path, text)
