"""What verify shows."""

import pytest

from taskfusion.cli.output import out
from taskfusion.cli.show.verify import print_verification
from taskfusion.serve.verify import Verification, Way


@pytest.mark.parametrize("agrees", [True, False])
def test_every_way_and_task_is_shown_and_fits(
    agrees: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Verification(
        bundle="exported",
        data="log.parquet",
        rows=2000,
        made=9,
        missing=12,
        unseen=7,
        reference="Scorer, a table",
        ways=[Way(name=name, rows=2009, differences={"click": 2e-8, "like": 3e-4}) for name in ("score", "row by row")],
        not_split="all features have the role user",
        not_served="this needs the package orjson",
        tolerance=1e-6,
        agrees=agrees,
    )
    monkeypatch.setattr(out, "width", 80)
    print_verification(found)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[1:4]] == [
        ["rows", "click", "like"],
        ["score", "2,009", "2e-08", "3e-04"],
        ["row", "by", "row", "2,009", "2e-08", "3e-04"],
    ]
    assert "there is no way by candidates: all features have the role user" in lines
    assert "there is no way by the server: this needs the package orjson" in lines
    assert ("all ways agree to 1e-06" in lines) == agrees
