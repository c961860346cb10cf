"""The story, act by act; what the reader is told is taken from what the commands found."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import polars as pl

from demos.pilot.attempt import Attempt, Ended
from demos.pilot.crowd import Crowd
from demos.pilot.prepare import FILES, KNOWN, RUN, Sizes, make_models, write_items
from demos.pilot.program import FailedError, Programs
from demos.pilot.season import Season
from demos.pilot.teller import Teller
from taskfusion.base.record import read_artifact
from taskfusion.datasets.simulate.settings import FeedSettings
from taskfusion.report.cost import cost_box
from taskfusion.report.number import signed
from taskfusion.report.pilot_memo import memo_box
from taskfusion.report.pilot_plan import kpi_sentence, plan_box
from taskfusion.report.pilot_words import reason_text
from taskfusion.report.ramp_words import reason_words
from taskfusion.report.roi import roi_box
from taskfusion.run.record.comparison import ComparisonRecord
from taskfusion.run.record.cost import CostRecord
from taskfusion.run.record.pilot_memo import PilotMemo
from taskfusion.run.record.pilot_plan import PilotPlan
from taskfusion.run.record.ramp import RampRecord
from taskfusion.run.record.roi import RoiRecord

BEGIN_SECONDS: Final = 120
"""That the server has to load its models in."""

WINDOW: Final = "2000"
"""Labelled rows of a window of the watch: two days of a fifth of the users, so that a stage has several."""

HARMED: Final = "20"
"""Stage at which something goes wrong."""


class Story:
    """All acts.

    Args:
        folder: in which everything lies; models that are there already are taken.
        sizes: how large it is.
        teller: says what happens.
    """

    def __init__(self, folder: Path, sizes: Sizes, teller: Teller) -> None:
        self._folder, self._sizes, self._teller = folder, sizes, teller
        self._pilot = folder / "pilot"
        self._before = Programs(folder, folder / "logs")
        self._programs = Programs(self._pilot, folder / "logs")
        self._pages: dict[str, Path] = {}
        self._is_planted = False

    def tell(self) -> None:
        """From models to money.

        Raises:
            FailedError: a command fails.
        """
        self._models()
        crowd = self._crowd()
        with self._programs.beside("serve", "routes.yaml", "--port", "0", "--admin-port", "0") as server:
            said = server.said(BEGIN_SECONDS)
            season = Season(crowd, self._pilot, said["port"])
            self._history(season)
            self._plan()
            first = self._first_try(season, said["admin_port"])
            self._remedy(first)
            second = self._second_try(season, said["admin_port"])
        self._memo(second)
        self._money()
        self._end(season)

    def _models(self) -> None:
        self._teller.act("One model per KPI, and one for all")
        make_models(self._before, self._sizes)
        compared = self._folder / "compared"
        verdict = read_artifact(compared / "comparison.json", ComparisonRecord).verdicts[0]
        self._teller.tell(f"On test rows, {verdict}")
        self._teller.tell(
            f"Of long_view only {KNOWN['long_view']:.0%} of the labels are known, as of a KPI that is new."
        )
        self._pages[f"Comparison: {verdict}"] = compared / "report.html"

    def _crowd(self) -> Crowd:
        """The users, and a new folder of the pilot."""
        shutil.rmtree(self._pilot, ignore_errors=True)
        self._pilot.mkdir(parents=True)
        settings = FeedSettings(rows=self._sizes.rows, known=KNOWN)
        crowd = Crowd(settings, datetime.now(UTC).date(), visits=self._sizes.visits, candidates=self._sizes.candidates)
        write_items(crowd, self._folder)
        for name in ("kpi", "charter", "routes"):
            shutil.copy(FILES / f"{name}.yaml", self._pilot)
        self._catalogue("../items.parquet")
        return crowd

    def _catalogue(self, items: str) -> None:
        self._programs.run("catalogue", "../candidate", "--items", items, "--out", "catalogue")

    def _history(self, season: Season) -> None:
        """Days in which the incumbents answer everybody."""
        sizes = self._sizes
        self._teller.act(f"{sizes.history} days with one model per KPI")
        shown = []
        for day in range(1 - sizes.history, 1):
            shown.append(season.shown(day, season.live(day).order_VS))
        rows = pl.concat(shown)
        rows.write_parquet(self._pilot / "shown.parquet")
        counted = ("--run", f"../{RUN}", "--data", "shown.parquet", "--request", "id", "--window", WINDOW)
        self._programs.run("watch", "reference", "../candidate", *counted, "--out", "reference")
        rate = float(rows.select(pl.col("long_view").cast(pl.Float64).mean()).item())
        self._teller.tell(f"{season.visits:,} visits; {rate:.1%} of the videos shown were watched long.")

    def _plan(self) -> None:
        self._teller.act("What a pilot can see")
        self._programs.run("pilot", "plan", "charter.yaml", "--log", "outcomes", "--out", "plan")
        plan = read_artifact(self._pilot / "plan" / "plan.json", PilotPlan)
        self._teller.tell(plan_box(plan).title)
        for kpi in plan.kpis:
            if kpi.role == "success":
                self._teller.tell(kpi_sentence(kpi, plan))
        self._pages[f"Plan: {plan_box(plan).title}"] = self._pilot / "plan" / "report.html"

    def _first_try(self, season: Season, admin_port: int) -> Ended:
        self._teller.act("First try")
        attempt = Attempt(self._programs, season, 1, self._teller.tell)
        attempt.write_files(admin_port)
        found = attempt.run(self._plant)
        if found.record.phase != "rolled back" or not self._is_planted:
            raise FailedError(f"the ramp should have rolled back, but is {found.record.phase}; read {found.folder}")
        stage = found.record.stages[found.record.stage]
        why = " ".join(reason_words(one) for one in stage.reasons)
        self._teller.tell(f"after day {season.day}: rolled back to 0 %. {why}")
        self._pages[f"First ramp: rolled back at {stage.name} %. {why}"] = _page(found.folder, "ramp.json")
        self._programs.run("watch", "report", "watch-1", "--out", "watched-1")
        self._pages["Watch of the first ramp: what moved, since when"] = self._pilot / "watched-1" / "report.html"
        return found

    def _plant(self, record: RampRecord) -> None:
        """At night before the stage, the job of the candidate's catalogue reads what another system writes."""
        names = [one.name for one in record.stages]
        if not self._is_planted and record.stage == names.index(HARMED) - 1:
            self._catalogue("../items-of-the-new-system.parquet")
            self._is_planted = True
            self._teller.tell("(planted: the candidate's catalogue is made from a table with other codes)")

    def _remedy(self, first: Ended) -> None:
        self._teller.act("Remedy")
        keys = sorted({one.remedy for one in first.alarms}) or ["kpi-holdback"]
        self._teller.tell(f"The runbook says under {', '.join(keys)}: what changed when it began? The table of items.")
        self._catalogue("../items.parquet")
        self._teller.tell("The catalogue is made again from the table that the model was trained with.")

    def _second_try(self, season: Season, admin_port: int) -> Ended:
        self._teller.act("Second try")
        attempt = Attempt(self._programs, season, 2, self._teller.tell)
        attempt.write_files(admin_port)
        found = attempt.run()
        record = found.record
        why = " ".join(reason_words(one) for one in record.stages[record.stage].reasons)
        if record.deciding is None or record.stage < record.deciding:
            raise FailedError(f"the second ramp is {record.phase}, which it should not be: {why} Read {found.folder}")
        if record.phase == "done":
            words = f"all stages passed; {record.percent:g} % of users have the new model, the others keep the old ones"
        else:
            words = f"{record.phase} at the stage {record.stages[record.stage].name}. {why}"
        self._teller.tell(f"after day {season.day}: {words}")
        self._pages[f"Second ramp: {words}"] = _page(found.folder, "ramp.json")
        return found

    def _memo(self, second: Ended) -> None:
        """Of the stage that had half of all users."""
        self._teller.act("Memo")
        lines = (second.folder / "journal.jsonl").read_text(encoding="utf-8").splitlines()
        moved = [one for one in map(json.loads, lines) if one["event"] == "moved"]
        first_day = next(one["first_day"] for one in moved if one["stage"] == second.record.deciding)
        text = (self._pilot / "charter-2.yaml").read_text(encoding="utf-8")
        text = text.replace("history_days: 3", "history_days: 0  # some had the candidate before")
        charter = f"{text}start: {first_day}\n"
        (self._pilot / "charter-memo.yaml").write_text(charter, encoding="utf-8")
        self._programs.run("pilot", "analyse", "charter-memo.yaml", "--log", "outcomes", "--out", "memo")
        memo = read_artifact(self._pilot / "memo" / "memo.json", PilotMemo)
        self._teller.tell(f"{memo_box(memo).title}. {' '.join(map(reason_text, memo.reasons))}")
        for kpi in memo.kpis:
            if kpi.effect is not None:
                low, change, high = (
                    signed(100 * one, 1) for one in (kpi.effect.lower, kpi.effect.change, kpi.effect.upper)
                )
                self._teller.tell(f"{kpi.name} ({kpi.role}): {change} % [{low}, {high}], {kpi.finding}")
        self._pages[f"Memo: {memo_box(memo).title}"] = self._pilot / "memo" / "report.html"

    def _money(self) -> None:
        self._teller.act("Money")
        cost = self._folder / "cost"
        if not cost.exists():
            shutil.copy(FILES / "traffic.yaml", self._folder)
            self._before.run("cost", "compared", "--traffic", "traffic.yaml", "--out", "cost")
        found = cost_box(read_artifact(cost / "cost.json", CostRecord))
        self._teller.tell(f"{found.title}. {found.sentences[0] if found.sentences else ''}")
        self._pages[f"Cost: {found.title}"] = cost / "report.html"
        shutil.copy(FILES / "roi.yaml", self._pilot)
        self._programs.run("pilot", "roi", "roi.yaml", "--out", "roi")
        earned = roi_box(read_artifact(self._pilot / "roi" / "roi.json", RoiRecord))
        self._teller.tell(f"{earned.title}. {' '.join(earned.sentences)}")
        self._pages[f"Return: {earned.title}"] = self._pilot / "roi" / "report.html"

    def _end(self, season: Season) -> None:
        self._teller.act("Where to read on")
        self._teller.tell(f"{season.visits:,} visits were answered. Everything lies below {self._folder}.")
        self._teller.pages({text: path.absolute() for text, path in self._pages.items()})


def _page(folder: Path, record: str) -> Path:
    """The page of a folder; its record, where it has none."""
    return folder / "report.html" if (folder / "report.html").exists() else folder / record
