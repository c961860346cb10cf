"""The directory of a scored table: parts that are whole or absent, and a record of them that is never ahead of them.

| file | content |
| --- | --- |
| `part-00000.parquet`, ... | rows in the order of the table, as many in each part but the last |
| `unfinished.json` | before the first part and after each: which parts are whole, and of what they were made |
| `score.json` | the same, written last, when all are |

A part gets its name before the record names it. A part that the record does not name is made again, under the same
name; so no row is there twice, wherever a process was killed.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import polars as pl

from taskfusion.base.errors import RunError
from taskfusion.base.files import atomic_file, names_in, remove_files, remove_leftovers
from taskfusion.base.manifest import listed
from taskfusion.base.record import read_artifact, write_artifact
from taskfusion.serve.batch.block import Count
from taskfusion.serve.batch.record import SCORE, UNFINISHED, FeatureCounts, FeatureShares, Part, ScoreRecord

_PART: Final = re.compile(r"part-\d{5,}\.parquet")
_ELSEWHERE: Final = "name another directory with --out, or remove this one to begin anew"


class ScoreFolder:
    """The directory; one process writes it.

    Args:
        path: the directory, made with the first part.
        plan: what is to be scored, without parts.
    """

    def __init__(self, path: Path, plan: ScoreRecord) -> None:
        self.path = path
        self.record, self.is_complete = self._begun(plan)
        self._parts = {part.first_row // plan.rows_per_part: part for part in self.record.parts}
        self._lost = {number for number, part in self._parts.items() if not (path / part.name).exists()}

    def _begun(self, plan: ScoreRecord) -> tuple[ScoreRecord, bool]:
        """The record that is there, or the plan; whether it is complete."""
        if self.path.exists() and not self.path.is_dir():
            raise RunError(f"'{self.path}' should be a directory or absent, but is a file; {_ELSEWHERE}")
        remove_leftovers(self.path)
        names = names_in(self.path)
        file = next((name for name in (SCORE, UNFINISHED) if name in names), None)
        if file is None:
            if names:
                raise RunError(
                    f"'{self.path}' should be absent, empty, or begun by taskfusion score, but holds '{min(names)}' "
                    f"and no {UNFINISHED}; name another directory with --out"
                )
            return plan, False
        found = read_artifact(self.path / file, ScoreRecord)
        if not found.parts:
            remove_files(self.path, _PART.fullmatch)
            return plan, False
        _require_same(self.path, found, plan)
        return found, file == SCORE and len(found.parts) * found.rows_per_part >= found.rows

    def missing(self, num_parts: int) -> list[int]:
        """Numbers of the parts that are not there; from now on the directory is known as begun.

        Raises:
            RunError: a part is there, and is not the file that was written.
        """
        for part in self.record.parts:
            path = self.path / part.name
            if path.exists() and (path.stat().st_size != part.bytes or listed(path).sha256 != part.sha256):
                raise RunError(
                    f"'{path}' is not the file that was written there: its content differs from what the record of "
                    f"'{self.path}' says; remove it, and the same command makes it again"
                )
        if not self.record.parts:
            write_artifact(self.path / UNFINISHED, self.record)
        return [number for number in range(num_parts) if number not in self._parts or number in self._lost]

    def leave(self) -> None:
        """Leave no directory where no part was written."""
        if not self.record.parts:
            remove_files(self.path, UNFINISHED.__eq__)

    def add(
        self, number: int, frame: pl.DataFrame, counts: Mapping[str, Count], seconds: float, cpu_seconds: float
    ) -> None:
        """Write a part, then name it in the record.

        Args:
            number: of the part.
            frame: its rows.
            counts: of its rows, by feature.
            seconds: since the last part.
            cpu_seconds: likewise.

        Raises:
            StorageError: it cannot be written.
        """
        name = f"part-{number:05}.parquet"
        with atomic_file(self.path / name) as temporary:
            frame.write_parquet(temporary)
            entry = listed(temporary)
        is_new = number not in self._parts
        first_row = number * self.record.rows_per_part
        self._parts[number] = Part(
            name=name, first_row=first_row, rows=len(frame), bytes=entry.bytes, sha256=entry.sha256
        )
        old = self.record
        seconds, cpu_seconds = old.seconds + seconds, old.cpu_seconds + cpu_seconds
        scored = sum(part.rows for part in old.parts) + is_new * len(frame)
        self.record = ScoreRecord(
            **{
                **dict(old),
                "parts": [self._parts[place] for place in sorted(self._parts)],
                "counts": _added(old.counts, counts) if is_new else old.counts,
                "seconds": seconds,
                "cpu_seconds": cpu_seconds,
                "rows_per_cpu_second": scored / max(cpu_seconds, 1e-9),
            }
        )
        write_artifact(self.path / UNFINISHED, self.record)

    def finish(self) -> ScoreRecord:
        """Write the record of the whole."""
        self.record = ScoreRecord(**{**dict(self.record), "features": _shares(self.record)})
        write_artifact(self.path / SCORE, self.record)
        (self.path / UNFINISHED).unlink(missing_ok=True)
        return self.record


def _require_same(path: Path, found: ScoreRecord, plan: ScoreRecord) -> None:
    """Raises RunError where a directory was begun otherwise."""
    if found.fingerprint != plan.fingerprint:
        raise RunError(
            f"'{path}' was begun with another model: that of '{found.bundle}' with fingerprint "
            f"{found.fingerprint[:12]}, while '{plan.bundle}' has {plan.fingerprint[:12]}; {_ELSEWHERE}"
        )
    before, now = found.inputs, plan.inputs
    if len(before) != len(now):
        raise RunError(
            f"'{path}' was begun with {len(before):,} files of rows, but --in now names {len(now):,}; {_ELSEWHERE}"
        )
    for one, other in zip(before, now, strict=True):
        if one.sha256 != other.sha256:
            raise RunError(
                f"'{path}' was begun with another content of '{one.name}', {one.bytes:,} bytes, than '{other.name}' "
                f"has now, {other.bytes:,} bytes; {_ELSEWHERE}"
            )
    if found.kept != plan.kept:
        was, is_now = (", ".join(kept) or "none" for kept in (found.kept, plan.kept))
        raise RunError(f"'{path}' was begun with the columns to keep {was}, now {is_now}; {_ELSEWHERE}")
    if found.rows_per_part != plan.rows_per_part:
        raise RunError(
            f"'{path}' was begun with parts of {found.rows_per_part:,} rows, now {plan.rows_per_part:,}; {_ELSEWHERE}"
        )


def _added(old: Mapping[str, FeatureCounts], new: Mapping[str, Count]) -> dict[str, FeatureCounts]:
    none = FeatureCounts(missing=0, values=0, unseen=0)
    return {
        name: FeatureCounts(
            missing=old.get(name, none).missing + count.missing,
            values=old.get(name, none).values + count.values,
            unseen=old.get(name, none).unseen + count.unseen,
        )
        for name, count in new.items()
    }


def _shares(record: ScoreRecord) -> list[FeatureShares]:
    """Features least known first."""
    found = [
        FeatureShares(
            feature=name,
            missing=count.missing / record.rows,
            unseen=count.unseen / count.values if count.values else None,
        )
        for name, count in record.counts.items()
    ]
    return sorted(found, key=lambda one: -max(one.missing, one.unseen or 0.0))
