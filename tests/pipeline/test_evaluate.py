"""From a model and encoded rows to records."""

from typing import Any

import polars as pl
import pytest
import torch

from support import experiment, log_table
from taskfusion.assemble.network import build_model
from taskfusion.base.errors import DataError
from taskfusion.data.prepared import encode_splits
from taskfusion.pipeline.evaluate import constant_records, evaluate_validation, require_criterion, task_records

ONE_CLASS = log_table(200, 1).with_columns(click=pl.lit(1))
UNKNOWN = log_table(200, 1).with_columns(click=pl.lit(None, dtype=pl.Int64))


@pytest.mark.parametrize("validation", [log_table(200, 1), ONE_CLASS, UNKNOWN], ids=["whole", "one class", "unknown"])
@pytest.mark.parametrize("group", ["user_id", None])
@pytest.mark.parametrize("bins", [1000, None])
@pytest.mark.parametrize("metric", ["relative_loss", "auc", "gauc"])
@pytest.mark.parametrize("tasks", [None, ["click"], ["seconds"]], ids=str)
def test_constants_fail_where_a_model_would(
    validation: pl.DataFrame, group: str | None, bins: int | None, metric: str, tasks: Any
) -> None:
    chosen = experiment(
        group=group, evaluation={"ranking_bins": bins}, training={"criterion": {"metric": metric, "tasks": tasks}}
    )
    data = encode_splits(
        {"train": log_table(200).lazy(), "validation": validation.lazy()}, chosen.table_schema, memory_gib=1
    )
    torch.manual_seed(0)
    model = build_model(chosen, data.encoder.layout, data.statistics)

    def fault(call: Any) -> str | None:
        try:
            call()
        except DataError as error:
            return str(error)
        return None

    rows = data.splits["validation"]
    bins, wanted = chosen.evaluation.ranking_bins, chosen.training.criterion
    found = constant_records(rows, chosen.tasks, bins)
    assert fault(lambda: require_criterion(found, wanted)) == fault(
        lambda: evaluate_validation(model, rows, chosen.tasks, bins, wanted)
    )
    assert [record.rows for record in found] == [
        record.rows for record in task_records(model, rows, chosen.tasks, bins)
    ]
