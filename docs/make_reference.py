"""Write docs/experiment-file.md from its schema, docs/reference/ from docstrings and typed records, and the runbook."""

import types
import typing
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from artifact_reference import FILES, artifact_reference, schema, schema_name
from pydantic import JsonValue
from pydantic.fields import FieldInfo
from python_reference import python_reference

from taskfusion.config.experiment import Experiment
from taskfusion.data.sql import MOST_CHARACTERS, MOST_DEPTH, MOST_OPERATORS
from taskfusion.data.sql_words import FUNCTIONS, OPERATORS, TYPES
from taskfusion.report.runbook import Places, runbook
from taskfusion.schema.spec import Spec
from taskfusion.variants.family.base import SETTINGS
from taskfusion.variants.table import VARIANTS

HEAD = """# The experiment file

One YAML file says what to train, on which rows, and how. This page is generated from the schema by `make docs`.
Unknown keys are errors. `taskfusion init log.parquet --out experiment.yaml` writes a first file from a table, and
`taskfusion check experiment.yaml` says what it would train. Any setting can be replaced on the command line:
`--set training.epochs=3`; an entry of a list by its name, `--set features.age.transform=standardize`, and null takes
one out, `--set features.age=null`.

The shortest file that trains:

```yaml
data:
  table: log.parquet
  split: {kind: time, column: timestamp}
features:
  - {name: user_id, kind: categorical, role: user}
  - {name: item_id, kind: categorical, role: item}
tasks:
  - {name: click, kind: binary}
  - {name: watch_ratio, kind: regression, label: "CASE WHEN duration > 0 THEN play_time / duration END"}
```

Columns and SQL expressions: wherever a field takes "column or SQL expression", a text that is the name of a column is
that column, anything else is read as SQL over the columns of one row; [SQL expressions](#sql-expressions) lists what it
may use. **A null label means unknown**: that row counts for the other tasks only, in loss, metrics, calibration, early
stopping and selection alike.
"""

SQL = f"""## SQL expressions

An expression computes one value from the columns of one row, and nothing else: no SELECT and FROM, no other rows
(COUNT, AVG, window functions), no clock and no random numbers, no files, no network. What it may use is the list below;
anything else is an error before the expression is read. Compute what needs more before, and name its column.

In labels, masks, weights and truths integers are read as floats, so that `/` divides. Text stands in single quotes,
`'it''s'`; a column whose name is no plain word, or a word of SQL, in double quotes, `"play-time"`. A date is compared
with `DATE '2024-01-31'`, a time with `TIMESTAMP '2024-01-31 12:00:00'`, one with a zone with `TIMESTAMP WITH TIME ZONE
'2024-01-31 12:00:00+00:00'`. An expression has at most {MOST_CHARACTERS:,} characters and {MOST_OPERATORS:,} operators
and values (texts and numbers in a list do not count), nested at most {MOST_DEPTH} deep.

| what | names |
| --- | --- |
{{rows}}
"""

VARIANTS_HEAD = """## Variants

Names for `network.variant`, and for `--variants` of compare and tune. Where experts belong to units, which are tasks,
groups of tasks and the shared unit, `embedding.tables` can be `per-task` or `both`. The last column has `sharing` and
those keys of `network` that not every variant reads. What a variant does not read changes nothing in it or is refused.
Where `num_experts` is null, `task_experts` are read in its place. From Python, `taskfusion.register_variant` adds other
variants.

| variant | what it is | experts belong to | reads |
| --- | --- | --- | --- |"""


def reference() -> str:
    """The page."""
    parts = [HEAD, _section("Top level", Experiment)]
    for name, field in Experiment.model_fields.items():
        for spec in _specs(field.annotation):
            kind = spec.model_fields.get("kind")
            title = f"`{name}`" + (f" of kind `{get_args(kind.annotation)[0]}`" if kind is not None else "")
            parts.append(_section(title, spec))
            parts += [_section(f"`{name}.{key}`{_kind(inner)}", inner) for key, inner in _nested(spec)]
    return "\n".join([*parts, _variants(), _sql()])


def _sql() -> str:
    """What SQL expressions may use."""
    listed = {
        **{f"functions of {about}": names for about, names in FUNCTIONS.items()},
        "operators": (*OPERATORS, "NOT", "[NOT] IN (..)", "IS [NOT] NULL, TRUE, FALSE"),
        "forms": ("CASE WHEN .. THEN .. ELSE .. END", "CAST(.. AS type)", "TRY_CAST(.. AS type)", "..::type",
                  "EXTRACT(part FROM ..)", "INTERVAL '1 day'", "list[1]", "struct.field"),
        "types": TYPES,
    }  # fmt: skip
    rows = [f"| {what} | {', '.join(f'`{_cell(name)}`' for name in names)} |" for what, names in listed.items()]
    return SQL.replace("{rows}", "\n".join(rows))


def _cell(name: str) -> str:
    return name.replace("|", "\\|")


def _variants() -> str:
    """The table of variants."""
    rows = [
        f"| `{name}` | {one.line} | {'units' if one.family.owned else 'nobody'} | "
        f"{', '.join(f'`{setting}`' for setting in SETTINGS if setting in one.family.reads)} |"
        for name, one in VARIANTS.items()
    ]
    return "\n".join([VARIANTS_HEAD, *rows, ""])


def _nested(spec: type[Spec]) -> list[tuple[str, type[Spec]]]:
    return [(key, inner) for key, field in spec.model_fields.items() for inner in _specs(field.annotation)]


def _kind(spec: type[Spec]) -> str:
    field = spec.model_fields.get("kind")
    return f" of kind `{get_args(field.annotation)[0]}`" if field is not None else ""


def _section(title: str, spec: type[Spec]) -> str:
    rows = [
        f"| `{name}` | {_type(field.annotation)} | {_default(field)} | {field.description or _only_value(field)} |"
        for name, field in spec.model_fields.items()
    ]
    text = " ".join((spec.__doc__ or "").split("\n\n")[0].split())  # what it is; examples are for Python
    return "\n".join(
        [f"## {title}", "", text, "", "| key | value | default | meaning |", "| --- | --- | --- | --- |", *rows, ""]
    )


def _specs(annotation: Any) -> list[type[Spec]]:
    """The parts of the file that a type is made of, in order, each once."""
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        return [annotation]
    found = [spec for argument in get_args(annotation) for spec in _specs(argument)]
    return list(dict.fromkeys(found))


def _type(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is typing.Annotated:
        return _type(arguments[0])
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(_type(argument) for argument in arguments))
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if origin in (Mapping, dict):
        return f"mapping of {_type(arguments[0])} to {_type(arguments[1])}"
    if annotation is JsonValue:
        return "any value"
    if annotation is type(None):
        return "null"
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        return "keys below"
    return {str: "text", int: "whole number", float: "number", bool: "true or false"}[annotation]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, Spec):
        return "as below"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"`{_plain(value)}`" if value != "" else "the name"


def _plain(value: Any) -> Any:
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


def _only_value(field: FieldInfo) -> str:
    return "Says which kind this is." if get_origin(field.annotation) is Literal else ""


PAGES: Mapping[str, Callable[[], str]] = {
    "experiment-file.md": reference,
    "reference/python.md": python_reference,
    "reference/artifacts.md": artifact_reference,
    **{f"reference/schemas/{schema_name(file)}": partial(schema, file) for file in FILES},
    **{f"guide/{language}/runbook.md": partial(runbook, language, Places()) for language in ("en", "ja")},
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        target = Path(__file__).parent / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page(), encoding="utf-8")
