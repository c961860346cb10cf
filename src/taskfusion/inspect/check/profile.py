"""What an experiment would be trained on, counted block by block.

Axes: B rows, T tasks, V values.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
import polars.selectors as cs

from taskfusion.assemble.memory import model_bytes, require_memory, table_weights
from taskfusion.assemble.network import build_meta_model
from taskfusion.config.experiment import Experiment
from taskfusion.data.encode import FeatureEncoder, encode_examples
from taskfusion.data.label import LabelCount
from taskfusion.data.learn import Learnt
from taskfusion.data.prepared import GIB, TITLES, SplitTables, read_splits
from taskfusion.data.rows import EncodedRows, Numbers
from taskfusion.data.table import collect, count_rows, read_blocks, require_rows
from taskfusion.data.vocabulary import MISSING, UNSEEN
from taskfusion.evaluate.record import TaskRecord
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.pipeline.distil import require_rows_in_memory
from taskfusion.pipeline.evaluate import RecordCount, constant_predictions, require_criterion
from taskfusion.schema.feature import IdFeature
from taskfusion.schema.schema import Schema
from taskfusion.schema.statistics import LabelStatistics

SAMPLE_ROWS = 50_000
HASHED_ROWS = 200_000
FIRST_ROWS = 200_000
"""Training rows in which requests are looked for: neighbours in a log, whole, where a sample would cut them."""


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


@dataclass(frozen=True)
class SplitProfile:
    """One split.

    Attributes:
        statistics: of its labels, one per task.
        features: feature -> what its values are.
        rows: of the split.
        num_bytes: of the encoded rows.
        positives: [T], rows whose label is known and not 0.
        sample: at most 50,000 rows, evenly spread.
        row_hashes: of a share of the distinct rows, the same share in all splits.
        records: of the same prediction for every row; none of the training split.
    """

    statistics: tuple[LabelStatistics, ...]
    features: Mapping[str, ValueCount]
    rows: int
    num_bytes: int
    positives: list[int]
    sample: pl.DataFrame
    row_hashes: pl.Series
    records: list[TaskRecord]


@dataclass(frozen=True)
class Profile:
    """All that is known of an experiment before it is trained.

    Attributes:
        experiment: the experiment.
        encoder: fitted on the training rows.
        model: on the meta device, without memory.
        splits: "train", "validation" and, where there is one, "test".
        first_rows: of training, in the order of the table.
    """

    experiment: Experiment
    encoder: FeatureEncoder
    model: MultiTaskModel
    splits: Mapping[str, SplitProfile]
    first_rows: pl.DataFrame

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
        return table_weights(self.model)

    @property
    def own_table_weights(self) -> int:
        """Those of the tables that units have of their own."""
        return sum(weight.numel() for weight, _ in self.model.inputs.own.table_parameters())

    @property
    def model_bytes(self) -> int:
        """Memory of weights, gradients and optimizer while training, without activations."""
        return model_bytes(self.model, self.experiment.embedding)

    def in_memory(self, split: str) -> bool:
        """Whether the encoded rows of a split are held in memory, or stream."""
        return _fits(self.splits[split], self.experiment.training.memory_gib)

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
    """Read all rows as training would, without holding them.

    Raises:
        ExperimentError, DataError: training would fail with the same error.
    """

    schema = experiment.table_schema

    def count(name: str, needed: pl.LazyFrame, learnt: Learnt) -> SplitProfile:
        num_rows, origin = count_rows(needed), f"the {TITLES[name]}"
        require_rows(num_rows, origin)
        keep = 1 + learnt.statistics[0].rows // HASHED_ROWS
        records = None if name == "train" else RecordCount(experiment.tasks, experiment.evaluation.ranking_bins)
        counter = _Counter(schema, learnt.encoder, records, stride=1 + num_rows // SAMPLE_ROWS, keep_one_in=keep)
        for block in read_blocks(splits[name], origin, num_rows):
            counter.add(block)
        return counter.result()

    memory_gib = experiment.training.memory_gib
    learnt, counted = read_splits(splits, schema, count, memory_bytes=0)
    require_rows_in_memory(experiment.distillation, memory_gib, _fits(counted["train"], memory_gib))
    model = build_meta_model(experiment, learnt.encoder.layout, learnt.statistics)
    held = sum(split.num_bytes for split in counted.values() if _fits(split, memory_gib))
    require_memory(model, experiment.embedding, experiment.training.device, held)
    require_criterion(counted["validation"].records, experiment.training.criterion)
    return Profile(experiment, learnt.encoder, model, counted, collect(splits["train"].head(FIRST_ROWS)))


def _fits(split: SplitProfile, memory_gib: float) -> bool:
    return split.num_bytes <= memory_gib * GIB


class _Counter:
    """Counts a split, block by block."""

    def __init__(
        self,
        schema: Schema,
        encoder: FeatureEncoder,
        records: RecordCount | None,
        *,
        stride: int,
        keep_one_in: int,
    ) -> None:
        self._schema, self._encoder, self._records = schema, encoder, records
        self._stride, self._keep_one_in = stride, keep_one_in
        self._features = {feature.name: ValueCount() for feature in schema.features}
        self._labels = LabelCount(schema)
        self._positives = np.zeros(len(schema.tasks), dtype=np.int64)
        self._samples: list[pl.DataFrame] = []
        self._hashes: list[pl.Series] = []
        self._rows, self._num_bytes = 0, 0

    def add(self, block: pl.DataFrame) -> None:
        rows = encode_examples(block, self._encoder, self._schema)
        self._add_features(block, rows)
        self._labels.add(rows.label_BT, rows.weight_BT)
        if self._records is not None:
            self._records.add(rows, constant_predictions(self._schema.tasks, len(rows)))
        self._positives += ((rows.label_BT != 0) & (rows.weight_BT > 0)).sum(axis=0)
        self._samples.append(block.gather_every(self._stride, -self._rows % self._stride))
        hashes = block.select(
            cs.by_dtype(pl.Categorical, pl.Enum).cast(pl.String), ~cs.by_dtype(pl.Categorical, pl.Enum)
        )
        hash_B = hashes.select(sorted(block.columns)).hash_rows()
        self._hashes.append(hash_B.filter(hash_B % self._keep_one_in == 0))
        self._rows += len(rows)
        self._num_bytes += rows.num_bytes

    def _add_features(self, block: pl.DataFrame, rows: EncodedRows) -> None:
        layout, counts = self._encoder.layout, self._features
        for column, name in enumerate(layout.id_names):
            if name not in layout.numeric_names:  # a number that is also categorical counts as a number
                counts[name].add_codes(rows.ids_BF[:, column : column + 1])
        for name, code_BL in zip(layout.bag_names, rows.bags, strict=True):
            counts[name].add_codes(code_BL)
        sources = {feature.name: feature.source for feature in self._schema.features}
        for column, name in enumerate(layout.numeric_names):
            if name in sources:
                counts[name].add_numbers(block[sources[name]], rows.numeric_BN[:, column])

    def result(self) -> SplitProfile:
        return SplitProfile(
            statistics=self._labels.statistics(),
            features=self._features,
            rows=self._rows,
            num_bytes=self._num_bytes,
            positives=self._positives.tolist(),
            sample=pl.concat(self._samples),
            row_hashes=pl.concat(self._hashes).unique(),
            records=[] if self._records is None else self._records.records(),
        )
