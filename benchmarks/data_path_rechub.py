"""The data path of torch-rechub as its README and its Criteo example use it: pandas, LabelEncoder, DataGenerator."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.preprocessing import LabelEncoder, MinMaxScaler
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader
from torch_rechub.basic.features import DenseFeature, SparseFeature
from torch_rechub.data.dataset import ParquetIterableDataset
from torch_rechub.models.multi_task import SharedBottom
from torch_rechub.utils.data import DataGenerator

from benchmarks.log_tables import CODES, DENSE, SMALL, TASKS, TEXTS, WIDE

FEW_BATCHES = 20
"""Batches of the loader that are measured: it makes them row by row, and an epoch would take minutes."""

Rows = tuple[dict[str, Tensor], Tensor]


def preprocess(path: Path) -> pd.DataFrame:
    """The raw table with missing values filled, numbers scaled to 0..1 and every other column label-encoded."""
    table = pd.read_parquet(path)
    table[list(TEXTS)] = table[list(TEXTS)].fillna("0")
    table[list(DENSE)] = table[list(DENSE)].fillna(0)
    table[list(DENSE)] = MinMaxScaler().fit_transform(table[list(DENSE)])
    for name in (*TEXTS, *WIDE, *SMALL):
        table[name] = LabelEncoder().fit_transform(table[name])
    return table


def loader(table: pd.DataFrame, columns: tuple[str, ...], batch_size: int) -> Iterator[Rows]:
    """Shuffled batches of its DataGenerator."""
    x = {name: table[name].to_numpy() for name in columns}
    y = table[list(TASKS)].to_numpy(dtype=np.float32)
    train, _, _ = DataGenerator(x, y).generate_dataloader(x_val=x, y_val=y, x_test=x, y_test=y, batch_size=batch_size)
    return iter(train)


def epoch_in_memory(path: Path, batch_size: int) -> Callable[[], int]:
    """Reads the encoded table; shuffled batches, the first ones of an epoch, which return the number of rows."""
    table = pd.read_parquet(path)
    return lambda: sum(len(y) for _, y in islice(loader(table, CODES + DENSE, batch_size), FEW_BATCHES))


def epoch_of_stream(path: Path, batch_size: int) -> Callable[[], int]:
    """An epoch of its Parquet reader, in the order of the file; returns the number of rows."""
    dataset = ParquetIterableDataset([path], columns=[*CODES, *DENSE, *TASKS], batch_size=batch_size)
    return lambda: sum(len(batch[TASKS[0]]) for batch in DataLoader(dataset, batch_size=None))


def first_step(path: Path, batch_size: int) -> float:
    """From the raw table to the first update of a shared bottom; returns the loss."""
    table = preprocess(path)
    categorical = (*TEXTS, *WIDE, *SMALL)
    features = [SparseFeature(name, vocab_size=int(table[name].max()) + 1, embed_dim=16) for name in categorical]
    features += [DenseFeature(name) for name in DENSE]
    tower = {"dims": [32], "activation": "relu"}
    model = SharedBottom(
        features, ["classification"] * 2, {"dims": [128], "activation": "relu"}, [dict(tower) for _ in TASKS]
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x, y = next(loader(table, categorical + DENSE, batch_size))
    loss = functional.binary_cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    return float(loss.detach())
