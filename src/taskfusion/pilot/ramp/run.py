"""A ramp with its directory: one writer, a record and the memos of its stages beside the journal."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from taskfusion.base.files import write_text
from taskfusion.base.lock import only_writer
from taskfusion.base.record import write_artifact
from taskfusion.config.charter import Charter
from taskfusion.config.kpi import Kpi
from taskfusion.config.ramp import Ramp, stage_name
from taskfusion.pilot.ramp.drive import Drive, Outside
from taskfusion.report.language import Language, speaking
from taskfusion.report.pilot_memo import memo_report
from taskfusion.report.pilot_ramp import ramp_report
from taskfusion.run.record.pilot_memo import PilotMemo
from taskfusion.run.record.ramp import JournalLine, RampRecord

RECORD: Final = "ramp.json"
REPORT: Final = "report.html"
Tell = Callable[[JournalLine, RampRecord], None]


def run_ramp(
    ramp: Ramp,
    charter: Charter,
    kpis: Mapping[str, Kpi],
    folder: Path,
    until: int | None,
    tell: Tell,
    language: Language = "en",
) -> RampRecord:
    """Widen a candidate until the ramp ends; where it was stopped before, it goes on.

    Args:
        ramp: settings.
        charter: of the pilot.
        kpis: that it names.
        folder: of the journal, the record, its page and the memos.
        until: number of the stage after whose success it ends; None: the last.
        tell: takes each line of the journal that was written, with the record so far.
        language: of the pages.

    Raises:
        ExperimentError: the server is not fit to begin with.
        RunError: another process drives this ramp, the journal is of another one, or the server refuses.
        StorageError: the directory cannot be written.
    """

    def keep_memo(stage: int, memo: PilotMemo) -> None:
        place = folder / f"stage-{stage_name(ramp.stages[stage].percent)}"
        write_artifact(place / "memo.json", memo)
        with speaking(language):
            write_text(place / REPORT, memo_report(memo))

    def keep(record: RampRecord) -> None:
        write_artifact(folder / RECORD, record)
        with speaking(language):
            write_text(folder / REPORT, ramp_report(record))

    def told(line: JournalLine, record: RampRecord) -> None:
        keep(record)
        tell(line, record)

    with only_writer(folder):
        drive = Drive(ramp, charter, kpis, folder, until, Outside(told, keep_memo))
        record = drive.run()
        keep(record)
    return record
