"""Make docs/reference/artifacts.md and the JSON schemas beside it, from the typed records of the files."""

import json
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Union, get_args, get_origin

from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

from taskfusion.base.manifest import Manifest
from taskfusion.base.record import Artifact, Record
from taskfusion.data.encoder_record import EncoderRecord
from taskfusion.evaluate.log import EvaluationRecord
from taskfusion.run.record.alarms import AlarmRecord
from taskfusion.run.record.audit import AuditRecord
from taskfusion.run.record.calibration import FittedCalibration
from taskfusion.run.record.card import ModelCard
from taskfusion.run.record.comparison import ComparisonRecord
from taskfusion.run.record.cost import CostRecord
from taskfusion.run.record.ensemble import EnsembleRecord
from taskfusion.run.record.explain import ExplainRecord
from taskfusion.run.record.fusion import FusionMaps
from taskfusion.run.record.importance import Importances
from taskfusion.run.record.metrics import RunMetrics
from taskfusion.run.record.pilot_memo import PilotMemo
from taskfusion.run.record.pilot_plan import PilotPlan
from taskfusion.run.record.preset import PresetRecord
from taskfusion.run.record.quarantine import QuarantineRecord
from taskfusion.run.record.ramp import JournalLine, RampRecord
from taskfusion.run.record.roi import RoiRecord
from taskfusion.run.record.schema import RunSchema
from taskfusion.run.record.transfer import TransferRecord
from taskfusion.run.record.tuning import TuningRecord
from taskfusion.run.record.watch import WatchRecord
from taskfusion.serve.batch.record import ScoreRecord
from taskfusion.serve.catalogue.record import CatalogueRecord
from taskfusion.serve.record import ScorerRecord
from taskfusion.serve.reference import ReferenceRecord
from taskfusion.watch.reference.record import WatchReference
from taskfusion.watch.state.memory import WatchState

HEAD = """# Files that programs read

JSON files that commands leave, each the content of one typed record. Keys, types and bounds are held when a file is
written and when it is read: an unknown key, a missing one, a value of another type, NaN or infinity is refused with the
file's name, and so is another `format`, which is one number for all files. The JSON schemas are for readers in other
languages. This page and the schemas are made from the records by `make docs`.

A finished run, an export and a finished search hold `manifest.json`, which is written last and lists every file with
its SHA-256. Commands check it before they read anything else: a file that is missing, changed, or of another run or
export is refused by name, pages included. It is no protection from somebody who writes a new manifest as well. Weights,
resume points, item rows and predictions of teachers carry a checksum of their own, since they outlive a run or are read
before it is finished.

In keys, `*` stands for any name and `[]` for each entry of a list.
"""


@dataclass(frozen=True)
class File:
    """One kind of file.

    Attributes:
        record: its content, or that of each of its lines.
        written_by: commands.
        read_by: commands.
    """

    record: type[Record]
    written_by: str
    read_by: str


FILES: Mapping[str, File] = {
    "manifest.json": File(Manifest, "train, compare, tune, export", "all that read a run, a search or an export"),
    "schema.json": File(RunSchema, "train, compare, tune", "train --resume, evaluate, predict, export, compare, tune"),
    "encoder.json": File(EncoderRecord, "train, compare, tune, export", "evaluate, predict, export, Scorer"),
    "metrics.json": File(RunMetrics, "train, compare, tune", "train, compare, tune, MultiTaskRanker"),
    "log.jsonl": File(
        EvaluationRecord, "train, compare, tune; one line per evaluation", "train --resume, compare, tune"
    ),
    "fusion.json": File(FusionMaps, "train, compare", "compare, MultiTaskRanker"),
    "importance.json": File(Importances, "train", "MultiTaskRanker"),
    "calibration.json": File(FittedCalibration, "train, compare; where calibration is on", "evaluate, predict, export"),
    "ensemble.json": File(
        EnsembleRecord, "train, compare; where trees predict together with the network", "evaluate, predict, export"
    ),
    "memo.json": File(PilotMemo, "pilot analyse", "pilot roi, people and programs"),
    "alarms.json": File(AlarmRecord, "watch run", "pilot ramp"),
    "roi.json": File(RoiRecord, "pilot roi", "people and programs"),
    "ramp.json": File(RampRecord, "pilot ramp", "people and programs"),
    "journal.jsonl": File(JournalLine, "pilot ramp; one line per event", "pilot ramp"),
    "plan.json": File(PilotPlan, "pilot plan", "people and programs"),
    "quarantine.json": File(QuarantineRecord, "quarantine", "people and programs"),
    "state.json": File(WatchState, "watch run", "watch run"),
    "watch_reference.json": File(WatchReference, "watch reference", "watch run, people and programs"),
    "watch.json": File(WatchRecord, "watch run", "watch report, people and programs"),
    "transfer.json": File(TransferRecord, "transfer", "programs"),
    "explain.json": File(ExplainRecord, "explain", "programs"),
    "comparison.json": File(ComparisonRecord, "compare", "explain, programs"),
    "choices.json": File(PresetRecord, "train --preset auto or best, in OUT.search", "people and programs"),
    "tuning.json": File(TuningRecord, "tune", "compare --tuned"),
    "audit.json": File(AuditRecord, "audit", "people and programs"),
    "cost.json": File(CostRecord, "cost", "people and programs"),
    "model_card.json": File(ModelCard, "export", "people and programs"),
    "scorer.json": File(ScorerRecord, "export", "Scorer, score"),
    "catalogue.json": File(CatalogueRecord, "catalogue", "serve, catalogue, programs"),
    "reference.json": File(ReferenceRecord, "export", "people and programs"),
    "score.json": File(ScoreRecord, "score; unfinished.json is the same after each part", "score, programs"),
}


def artifact_reference() -> str:
    """The page."""
    rows = [
        f"| [`{name}`](#{name.replace('.', '')}) | {file.written_by} | {file.read_by} | "
        f"[schema](schemas/{schema_name(name)}) |"
        for name, file in FILES.items()
    ]
    table = ["| file | written by | read by | |", "| --- | --- | --- | --- |", *rows, ""]
    return "\n".join([HEAD, *table, *(_section(name, file.record) for name, file in FILES.items())])


def schema_name(file: str) -> str:
    """The file of the schema of a file."""
    return f"{file.partition('.')[0]}.schema.json"


def schema(file: str) -> str:
    """The JSON schema of a file, or of each line of a file of lines."""
    content = FILES[file].record.model_json_schema(mode="serialization")
    draft = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps({**draft, **content, "title": file}, indent=1, ensure_ascii=False) + "\n"


def _section(name: str, record: type[Record]) -> str:
    about = " ".join((record.__doc__ or "").split())
    rows = [f"| `{key}` | {kind} | {meaning} |" for key, kind, meaning in _fields(record, "")]
    return "\n".join([f"## `{name}`", "", about, "", "| key | value | meaning |", "| --- | --- | --- |", *rows, ""])


def _fields(record: type[Record], prefix: str) -> Iterator[tuple[str, str, str]]:
    """Key, type and meaning of all fields, those of inner records after theirs."""
    for name, field in record.model_fields.items():
        if issubclass(record, Artifact) and name in Artifact.model_fields and record is not Manifest:
            continue
        yield f"{prefix}{name}", _type(field), field.description or ""
        for path, inner in _records(field.annotation, f"{prefix}{name}"):
            yield from _fields(inner, f"{path}.")


def _records(annotation: Any, path: str) -> Iterator[tuple[str, type[Record]]]:
    """Records that a type is made of, with the path to them."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Record):
        yield path, annotation
    elif origin in (tuple, list):
        yield from _records(arguments[0], f"{path}[]")
    elif origin in (dict, Mapping):
        yield from _records(arguments[1], f"{path}.*")
    elif origin in (Union, types.UnionType, typing.Annotated):
        inner = arguments[:1] if origin is typing.Annotated else arguments
        yield from (found for argument in inner for found in _records(argument, path))


def _type(field: FieldInfo) -> str:
    return " or ".join(dict.fromkeys(_words(field.annotation)))


_PLAIN: Mapping[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    AwareDatetime: "time",
}


def _words(annotation: Any) -> Iterator[str]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is type(None):
        yield "null"
    elif origin is typing.Annotated:
        yield from _words(arguments[0])
    elif origin in (Union, types.UnionType):
        yield from (word for argument in arguments for word in _words(argument))
    elif origin in (tuple, list):
        yield "list"
    elif origin in (dict, Mapping):
        yield "object by name"
    elif origin is typing.Literal:
        yield ", ".join(f"`{value}`" for value in arguments)
    else:
        yield _PLAIN.get(annotation, "object" if isinstance(annotation, type) else "any value")
