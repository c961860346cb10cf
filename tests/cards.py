"""A card of an exported model."""

from taskfusion.evaluate.comparison import Parameters
from taskfusion.run.record.card import CardFeature, CardTask, ModelCard
from taskfusion.run.record.metrics import NetworkTraining

CARD = ModelCard(
    name="feed-card",
    variant="adatt",
    seed=3,
    tasks=(CardTask(name="click", kind="binary", label="click", known=900, calibration="platt"),),
    features=(
        CardFeature(name="user", column="user_id", kind="categorical", role="user"),
        CardFeature(name="age", column="item_age", kind="numeric", role="candidate"),
    ),
    group="user_id",
    training=NetworkTraining(
        epochs=2.0,
        best_epoch=1.0,
        seconds=3.0,
        rows_per_second=1000.0,
        train_rows=1000,
        parameters=Parameters(embedding=1, network=2, tower=3, total=6),
        flops_per_row=10.0,
        criterion="relative_loss",
    ),
    splits={},
    has_trees=False,
    domain=None,
    quarantined=(),
    not_split=None,
)
