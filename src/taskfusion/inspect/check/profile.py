"""What an experiment would be trained on, counted in one pass over every split.

Axes: B rows, T tasks, V values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import polars.selectors as cs
import torch

from taskfusion.assemble.network import build_model, count_parameters
from taskfusion.assemble.training import ACCUMULATORS
from taskfusion.config.experiment import Experiment
from taskfusion.data.encode import FeatureEncoder, encode_examples
from taskfusion.data.label import label_statistics, require_learnable
from taskfusion.data.prepared import GIB, SplitTables, check_columns
from taskfusion.data.rows import EncodedRows, Numbers
from taskfusion.data.table import read_blocks
from taskfusion.data.vocabulary import MISSING, UNSEEN
from taskfusion.evaluate.criterion import criterion
from taskfusion.evaluate.record import TaskRecord
from taskfusion.evaluate.rows import same_for_all
from taskfusion.evaluate.state import task_state
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.schema.feature import IdFeature
from taskfusion.schema.statistics import LabelStatistics
from taskfusion.schema.task.table import Task, kind_of

SAMPLE_ROWS = 50_000
HASHED_ROWS = 200_000
DENSE_COPIES = 4  # of a weight: itself, its gradient and the two moments of Adam


@dataclass
class ValueCount:
    """What the values of a feature are in one split.

    Attributes:
        rows: of the split.
        missing: rows without a value.
        values: values, which may be several per row.
        unseen: values without a code of their own.
        is_constant: whether all rows are alike.
    """

    rows: int = 0
    missing: int = 0
    values: int = 0
    unseen: int = 0
    is_constant: bool = True
    _first: Numbers | None = None

    @property
    def missing_share(self) -> float:
        """Rows without a value, 0..1."""
        return self.missing / max(self.rows, 1)

    @property
    def unseen_share(self) -> float:
        """Values without a code of their own, 0..1."""
        return self.unseen / max(self.values, 1)

    def add_codes(self, code_BL: Numbers) -> None:
        """Take the codes [B, L] of some rows."""
        real_BL = code_BL != MISSING
        self.rows += len(code_BL)
        self.missing += int((~real_BL.any(axis=1)).sum())
        self.values += int(real_BL.sum())
        self.unseen += int((code_BL == UNSEEN).sum())
        self._compare(code_BL)

    def add_numbers(self, column: pl.Series, number_B: Numbers) -> None:
        """Take a column and what it is encoded as."""
        nan = int(column.is_nan().sum()) if column.dtype.is_float() else 0
        self.rows += len(column)
        self.missing += column.null_count() + nan
        self.values += len(column) - column.null_count() - nan
        self._compare(number_B)

    def _compare(self, rows: Numbers) -> None:
        if self._first is None:
            self._first = rows[:1].copy()
        self.is_constant = self.is_constant and bool((rows == self._first).all())


@dataclass
class SplitProfile:
    """One split.

    Attributes:
        statistics: of its labels, one a task.
        features: feature -> what its values are.
        rows: of the split.
        num_bytes: of the encoded rows.
        positives: [T], rows whose label is known and not 0.
        sample: at most 50,000 rows, evenly spread.
        row_hashes: of a share of the distinct rows, the same share in all splits.
        records: of predicting the training mean everywhere; empty for the training split.
    """

    statistics: tuple[LabelStatistics, ...]
    features: dict[str, ValueCount]
    rows: int = 0
    num_bytes: int = 0
    positives: list[int] = field(default_factory=list)
    sample: pl.DataFrame = field(default_factory=pl.DataFrame)
    row_hashes: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.UInt64))
    records: list[TaskRecord] = field(default_factory=list)


@dataclass(frozen=True)
class Profile:
    """All that is known of an experiment before it is trained.

    Attributes:
        experiment: the experiment.
        encoder: fitted on the training rows.
        model: on the meta device, without memory.
        splits: "train", "validation" and, where there is one, "test".
    """

    experiment: Experiment
    encoder: FeatureEncoder
    model: MultiTaskModel
    splits: Mapping[str, SplitProfile]

    @property
    def train(self) -> SplitProfile:
        """The training split."""
        return self.splits["train"]

    @property
    def steps_per_epoch(self) -> int:
        """Updates of the weights in a pass over the training rows."""
        return -(-self.train.rows // self.experiment.training.batch_size)

    @property
    def num_codes(self) -> int:
        """Rows of all embedding tables together."""
        return sum(table.num_codes for table in self.encoder.layout.tables)

    @property
    def table_weights(self) -> int:
        """Weights of all embedding tables, all their copies."""
        return sum(weight.numel() for weight, _ in self.model.inputs.table_parameters())

    @property
    def own_table_weights(self) -> int:
        """Those of the tables that units have of their own."""
        return sum(weight.numel() for weight, _ in self.model.inputs.own.table_parameters())

    @property
    def model_bytes(self) -> int:
        """Memory of weights, gradients and optimizer while training, without activations."""
        total = count_parameters(self.model)["total"]
        if self.experiment.embedding.update == "dense":
            return 4 * DENSE_COPIES * total
        in_row = ACCUMULATORS[self.experiment.embedding.update]
        accumulators = sum(
            table.shape[0] * in_row(table, copies) for table, copies in self.model.inputs.table_parameters()
        )
        return 4 * (DENSE_COPIES * (total - self.table_weights) + self.table_weights + accumulators)

    def in_memory(self, split: str) -> bool:
        """Whether the encoded rows of a split are held in memory, or stream."""
        return self.splits[split].num_bytes <= self.experiment.training.memory_gib * GIB

    def width(self, feature: str) -> int:
        """Numbers that a feature gives the network."""
        return sum(field.dim for field in self.model.inputs.fields if field.feature == feature)

    def codes(self, feature: str) -> int | None:
        """Codes that the values of a feature have; None for a number."""
        spec = next(spec for spec in self.experiment.features if spec.name == feature)
        return self.encoder.tables[spec.table].num_codes if isinstance(spec, IdFeature) else None

    def parameters(self, feature: str) -> int:
        """Weights of the feature's own embedding table, all its copies; 0 where it has none."""
        tables = zip(self.encoder.layout.tables, self.model.inputs.row_widths, strict=True)
        return sum(table.num_codes * width for table, width in tables if table.name == feature)


def profile_experiment(experiment: Experiment, splits: SplitTables) -> Profile:
    """Read all rows once as training would, without holding them.

    Raises:
        ExperimentError, DataError: training would fail with the same error.
    """
    schema = experiment.table_schema
    for name, frame in splits.items():
        check_columns(frame, schema, f"the {name} table")
    train = label_statistics(splits["train"], schema)
    require_learnable(train, schema)
    encoder = FeatureEncoder.fit(splits["train"], schema.features)
    with torch.device("meta"):
        model = build_model(experiment, encoder.layout, train)
    counted = {}
    for name, frame in splits.items():
        known = train if name == "train" else label_statistics(frame, schema)
        scores = [] if name == "train" else _scores(experiment, train)
        counter = _Counter(experiment, encoder, known, scores, keep_one_in=1 + train[0].rows // HASHED_ROWS)
        for block in read_blocks(frame, f"the {name} table"):
            counter.add(block)
        counted[name] = counter.result()
    chosen = experiment.training.criterion
    criterion(counted["validation"].records, chosen.metric, chosen.tasks)
    return Profile(experiment, encoder, model, counted)


def _scores(experiment: Experiment, train: Sequence[LabelStatistics]) -> list["_Score"]:
    bins = experiment.evaluation.ranking_bins
    return [_Score(task, known, bins) for task, known in zip(experiment.tasks, train, strict=True)]


class _Score:
    """The metrics of predicting the training mean for every row of a task, and of its truth where it has one."""

    def __init__(self, task: Task, train: LabelStatistics, ranking_bins: int | None) -> None:
        self._constant = kind_of(task).best_constant(task, train)
        self._state = task_state(task, ranking_bins=ranking_bins)
        self._truth = task_state(task, ranking_bins=ranking_bins) if task.truth is not None else None

    def add(self, rows: EncodedRows, task: int) -> None:
        label_B, weight_B = rows.label_BT[:, task], rows.weight_BT[:, task]
        self._state.update(same_for_all(self._constant, len(rows)), label_B, weight_B, rows.group_B)
        if self._truth is not None and rows.truth_BT is not None:
            self._truth.update(rows.truth_BT[:, task], label_B, weight_B, rows.group_B)

    def record(self) -> TaskRecord:
        return self._state.record()


class _Counter:
    """Counts a split, block by block."""

    def __init__(
        self,
        experiment: Experiment,
        encoder: FeatureEncoder,
        statistics: tuple[LabelStatistics, ...],
        scores: Sequence[_Score],
        keep_one_in: int,
    ) -> None:
        self._experiment, self._encoder, self._scores, self._keep_one_in = experiment, encoder, scores, keep_one_in
        self._part = SplitProfile(statistics, {feature.name: ValueCount() for feature in experiment.features})
        self._stride = 1 + statistics[0].rows // SAMPLE_ROWS
        self._positives = np.zeros(len(experiment.tasks), dtype=np.int64)
        self._samples: list[pl.DataFrame] = []
        self._hashes: list[pl.Series] = []

    def add(self, block: pl.DataFrame) -> None:
        rows = encode_examples(block, self._encoder, self._experiment.table_schema)
        self._add_features(block, rows)
        for task, score in enumerate(self._scores):
            score.add(rows, task)
        self._positives += ((rows.label_BT != 0) & (rows.weight_BT > 0)).sum(axis=0)
        self._samples.append(block.gather_every(self._stride, -self._part.rows % self._stride))
        hashes = block.select(
            cs.by_dtype(pl.Categorical, pl.Enum).cast(pl.String), ~cs.by_dtype(pl.Categorical, pl.Enum)
        )
        hash_B = hashes.select(sorted(block.columns)).hash_rows()
        self._hashes.append(hash_B.filter(hash_B % self._keep_one_in == 0))
        self._part.rows += len(rows)
        self._part.num_bytes += rows.num_bytes

    def _add_features(self, block: pl.DataFrame, rows: EncodedRows) -> None:
        layout, counts = self._encoder.layout, self._part.features
        for column, name in enumerate(layout.id_names):
            if name not in layout.numeric_names:  # a number that is also categorical counts as a number
                counts[name].add_codes(rows.ids_BF[:, column : column + 1])
        for name, code_BL in zip(layout.bag_names, rows.bags, strict=True):
            counts[name].add_codes(code_BL)
        sources = {feature.name: feature.source for feature in self._experiment.features}
        for column, name in enumerate(layout.numeric_names):
            if name in sources:
                counts[name].add_numbers(block[sources[name]], rows.numeric_BN[:, column])

    def result(self) -> SplitProfile:
        self._part.positives = self._positives.tolist()
        self._part.sample = pl.concat(self._samples)
        self._part.row_hashes = pl.concat(self._hashes).unique()
        self._part.records = [score.record() for score in self._scores]
        return self._part
