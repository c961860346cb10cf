"""All kinds of tasks."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import Field

from taskfusion.schema.kind import Kind
from taskfusion.schema.task.binary import BINARY, BinaryTask
from taskfusion.schema.task.multiclass import MULTICLASS, MulticlassTask
from taskfusion.schema.task.ordinal import ORDINAL, OrdinalTask
from taskfusion.schema.task.regression import REGRESSION, RegressionTask

Task = Annotated[BinaryTask | RegressionTask | MulticlassTask | OrdinalTask, Field(discriminator="kind")]

KINDS: Final[Mapping[str, Kind[Any]]] = MappingProxyType(
    {kind.name: kind for kind in (BINARY, REGRESSION, MULTICLASS, ORDINAL)}
)
"""Every kind by its name, in the order of pages."""

LEAD_MEANINGS: Final = "; ".join(f"{kind.name}: {kind.lead_meaning}" for kind in KINDS.values())
"""What the relative loss is, kind by kind."""


def kind_of(task: Task) -> Kind[Any]:
    """The descriptor of a task's kind."""
    return KINDS[task.kind]
