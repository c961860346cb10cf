"""The part of the experiment file that says which outcome follows from which."""

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Literal

from pydantic import Field

from taskfusion.schema.spec import Name, Spec, Strength
from taskfusion.schema.task.table import KINDS, Task


class RelationBase(Spec):
    """What all kinds of relations have in common."""

    source: Name = Field(description="Task whose outcome comes first, such as click.")
    target: Name = Field(description="Task whose outcome depends on it, such as purchase.")


class EsmmRelation(RelationBase):
    """ESMM: the target's tower gives its probability once the source has happened, and the product of both
    probabilities is predicted and learned, over all rows. So the target's label must be known for all of them, and must
    be 1 only where the source's is. Both tasks are binary, and a target has one such source.
    """

    kind: Literal["esmm"]


class AitmRelation(RelationBase):
    """AITM: the target's tower attends to what the source's tower passes on and to itself, and the target's loss holds
    a penalty where its probability is above the source's. Both tasks are binary, and a target has one such source.
    """

    kind: Literal["aitm"]
    calibrator_weight: Strength = Field(
        0.6, description="Weight of the penalty, the mean of max(p_target - p_source, 0); 0: none."
    )


class DbmtlRelation(RelationBase):
    """DBMTL: the last hidden layers of the sources' towers and of the target's own go through one more layer, which
    the target's output reads. Tasks of any kind, and a target may have several such sources.
    """

    kind: Literal["dbmtl"]


Relation = Annotated[EsmmRelation | AitmRelation | DbmtlRelation, Field(discriminator="kind")]

STEPS = ("esmm", "aitm")
"""Kinds from one step of a path to the next: between binary tasks, and of one source a target."""


def require_relations(relations: Sequence[Relation], tasks: Sequence[Task]) -> None:
    """Raises ValueError where relations do not suit the tasks or each other; the message names the tasks."""
    kinds = {task.name: task.kind for task in tasks}
    seen: dict[str, list[Relation]] = {}
    for relation in relations:
        for name in (relation.source, relation.target):
            if name not in kinds:
                raise ValueError(f"relations name task '{name}', but the tasks are {', '.join(kinds)}")
            if relation.kind in STEPS and not KINDS[kinds[name]].has_positives:
                raise ValueError(
                    f"a relation of kind {relation.kind} is between binary tasks, but '{name}' is {kinds[name]}; "
                    f"use dbmtl"
                )
        if relation.source == relation.target:
            raise ValueError(f"a relation is between two tasks, but one has '{relation.source}' as source and target")
        for other in seen.setdefault(relation.target, []):
            _require_together(relation, other)
        seen[relation.target].append(relation)
    sources = {target: [relation.source for relation in found] for target, found in seen.items()}
    try:
        TopologicalSorter(sources).prepare()
    except CycleError as error:
        raise ValueError(
            f"relations should have no cycle, but one goes {' -> '.join(error.args[1])}; leave one out"
        ) from error


def _require_together(relation: Relation, other: Relation) -> None:
    """Two relations with one target can stand together."""
    both = {relation.kind, other.kind}
    if both == {"aitm", "dbmtl"}:
        raise ValueError(
            f"task '{relation.target}' is the target of aitm and of dbmtl, which both make its tower's output; "
            f"leave one out"
        )
    if len(both) == 1 and (relation.kind in STEPS or relation.source == other.source):
        raise ValueError(
            f"task '{relation.target}' has relations of kind {relation.kind} from '{other.source}' and from "
            f"'{relation.source}', but there can be only one of them"
        )
