"""Measure what part of what a faulty donor cost the other tasks each remedy brings back; write docs/remedies.md.

python -m benchmarks.remedies [FAULT ...] [--worlds 8]; models of a second or two.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

import polars as pl

from benchmarks.__main__ import write
from benchmarks.planted.world import DONOR
from benchmarks.remedies.fault import FAULTS, OTHERS, experiment, flipped, scaled, tables, with_refreshed_donor, written
from benchmarks.remedies.recovered import Outcome, row
from taskfusion.base.errors import TaskfusionError
from taskfusion.config.experiment import Experiment
from taskfusion.config.subset import with_tasks
from taskfusion.data.prepared import SplitTables
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.progress import Silent
from taskfusion.pipeline.quarantine import quarantine_run
from taskfusion.pipeline.train import train_run
from taskfusion.run.record.quarantine import QuarantineRecord

PAGE = Path(__file__).parents[2] / "docs" / "remedies.md"
HEAD = (
    "| remedy | what the fault cost the others | of that came back | kept | the donor's head works |\n"
    "| --- | ---: | ---: | ---: | ---: |"
)
RETRAINED: Mapping[str, Mapping[str, Any]] = {
    "train again with `sharing.quarantine`": {"sharing": {"quarantine": [DONOR]}},
    "train again with `sharing.stop_gradient` from the others to the donor": {
        "sharing": {"stop_gradient": [{"source": task, "target": DONOR} for task in OTHERS]}
    },
}
WEIGHTS: Mapping[str, str] = {
    "train again with `loss_weight: 0.1` of the donor": f"tasks.{DONOR}.loss_weight=0.1",
    "train again with `loss_weight: 0`": f"tasks.{DONOR}.loss_weight=0",
}
CORRECTED = "predictions corrected anew alone, on the rows that decide"
KEPT = "the same, worlds where it was kept"
MASK = "`taskfusion quarantine`, no training"


def main(arguments: list[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="benchmarks.remedies", description=__doc__)
    parser.add_argument("faults", nargs="*", metavar="FAULT", help=f"of {', '.join(FAULTS)} (default: all)")
    parser.add_argument("--worlds", type=int, default=8, help="worlds of each fault (default: 8)")
    options = parser.parse_args(arguments)
    unknown = [fault for fault in options.faults if fault not in FAULTS]
    if unknown:
        parser.error(f"no fault is called '{unknown[0]}'; there are {', '.join(FAULTS)}")
    try:
        for fault in options.faults or FAULTS:
            found: dict[str, list[Outcome]] = {}
            for seed in range(options.worlds):
                with tempfile.TemporaryDirectory() as folder:
                    for remedy, outcome in LOOKS[fault](seed, Path(folder)).items():
                        found.setdefault(remedy, []).append(outcome)
                        print(fault, seed, remedy, outcome, flush=True)
            kept = [one for one in found[MASK] if one.kept]
            found = {MASK: found.pop(MASK), **({KEPT: kept} if kept else {}), **found}
            rows = "\n".join(row(remedy, outcomes) for remedy, outcomes in found.items())
            write(PAGE, fault, f"{options.worlds} worlds; {FAULTS[fault]}:\n\n{HEAD}\n{rows}")
    except TaskfusionError as error:
        sys.exit(f"error: {error}")


def _trained(given: Experiment, splits: SplitTables, out: Path) -> Path:
    train_run(given, splits, out, resume=False, progress=Silent())
    return out


def _losses(run: Path, rows: pl.DataFrame) -> dict[str, float]:
    records = TrainedModel.load(run).evaluate(rows.lazy())
    return {record.task: float(record.metrics["relative_loss"] or 0.0) for record in records}


def _of_others(losses: Mapping[str, float]) -> float:
    return fmean(losses[task] for task in OTHERS)


def _in_training(seed: int, folder: Path) -> dict[str, Outcome]:
    """The donor's labels are wrong from the start."""
    clean = tables(seed)
    paths, splits = written(clean, folder / "clean")
    bad_paths, bad_splits = written(flipped(clean), folder / "bad")
    test = clean["test"]
    was = _of_others(_losses(_trained(experiment(paths), splits, folder / "a"), test))
    whole = experiment(bad_paths)
    bad = _trained(whole, bad_splits, folder / "b")
    faulty, found = _of_others(_losses(bad, test)), {}
    record, mended = _quarantined(bad, folder / "mended", None, test)
    found[MASK] = Outcome(was, faulty, mended, record.kept, _donor(record))
    changed = {name: experiment(bad_paths, sections) for name, sections in RETRAINED.items()}
    changed |= {name: whole.with_settings(setting) for name, setting in WEIGHTS.items()}
    changed["train again without the donor"] = with_tasks(whole, OTHERS)
    for number, (name, given) in enumerate(changed.items()):
        losses = _losses(_trained(given, bad_splits, folder / f"c{number}"), test)
        has_head = DONOR in losses and "`loss_weight: 0`" not in name
        found[name] = Outcome(was, faulty, _of_others(losses), donor=losses[DONOR] if has_head else None)
    alone = {
        task: _losses(_trained(with_tasks(whole, [task]), bad_splits, folder / task), test)[task] for task in OTHERS
    }
    found["a model of its own for every other task"] = Outcome(was, faulty, _of_others(alone))
    return found


def _after_training(seed: int, folder: Path, *, inputs: bool) -> dict[str, Outcome]:
    """A sound model goes bad: one expert of the donor, or the number that it rests on."""
    clean = tables(seed)
    paths, splits = written(clean, folder / "clean")
    sound = _trained(experiment(paths), splits, folder / "a")
    was = _of_others(_losses(sound, clean["test"]))
    bad = sound if inputs else with_refreshed_donor(sound, clean["train"], folder / "b", seed)
    test, recent = ((scaled(clean[split]) if inputs else clean[split]) for split in ("test", "validation"))
    recent.write_parquet(folder / "recent.parquet")
    faulty = _of_others(_losses(bad, test))
    record, mended = _quarantined(bad, folder / "mended", folder / "recent.parquet", test)
    was_recent = _of_others(_losses(sound, clean["validation"]))
    decided = [one for one in record.tasks if one.task != DONOR]
    of_run, corrected = (fmean(getattr(one, name) for one in decided) for name in ("run", "recalibrated"))
    return {
        MASK: Outcome(was, faulty, mended, record.kept, _donor(record)),
        CORRECTED: Outcome(was_recent, of_run, corrected),
    }


def _quarantined(run: Path, out: Path, data: Path | None, test: pl.DataFrame) -> tuple[QuarantineRecord, float]:
    """The record, and the loss of the others: of the masked run, or where it was not kept of the run as it was."""
    record = quarantine_run(run, DONOR, out, data=data)
    return record, _of_others(_losses(out if record.kept else run, test))


def _donor(record: QuarantineRecord) -> float | None:
    return next(one.masked for one in record.tasks if one.task == DONOR)


LOOKS: Mapping[str, Callable[[int, Path], Mapping[str, Outcome]]] = {
    "labels": _in_training,
    "experts": lambda seed, folder: _after_training(seed, folder, inputs=False),
    "inputs": lambda seed, folder: _after_training(seed, folder, inputs=True),
}


if __name__ == "__main__":
    main()
