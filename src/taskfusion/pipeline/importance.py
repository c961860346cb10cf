"""Which columns of the table each task of a trained network rests on, as cheaply as a page may ask for it."""

from typing import Final

from taskfusion.data.prepared import EncodedData
from taskfusion.explain.importance import columns_by_source, permutation_importance, sampled_rows
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.pipeline.evaluate import SCORING_ROWS
from taskfusion.run.record.importance import Importances
from taskfusion.schema.schema import Schema

MOST_ROWS: Final = 20_000
"""Validation rows that are drawn at the most."""

LEAST_ROWS: Final = 200
"""With fewer rows the importance of a column is noise, so it is told of all that there are."""

REPEATS: Final = 5


def importances(
    model: MultiTaskModel, data: EncodedData, schema: Schema, *, trained_rows: int, seed: int
) -> Importances:
    """Permutation importance on validation rows, so many that all shuffles together predict as many rows as training
    saw, which takes a part of its time; at most MOST_ROWS.

    Args:
        model: trained.
        data: with validation rows.
        schema: its features and tasks.
        trained_rows: rows that training saw, over all epochs.
        seed: of rows and shuffles.
    """
    validation = data.splits["validation"]
    columns = columns_by_source(data.encoder.layout, {feature.name: feature.source for feature in schema.features})
    affordable = max(trained_rows // (REPEATS * len(columns)), LEAST_ROWS)
    batch = sampled_rows(validation.batches(SCORING_ROWS), validation.num_rows, min(affordable, MOST_ROWS), seed)
    model.eval()
    found = permutation_importance(model, batch, columns, schema.tasks, repeats=REPEATS, seed=seed)
    return Importances(rows=len(batch), repeats=REPEATS, features=tuple(found))
