"""Decisions to log in tests."""

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from taskfusion.serve.decision.record import Decision
from taskfusion.serve.worker.ids import Id
from taskfusion.serve.worker.scored import Scored

NAMES = ("click", "like")
_TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
_WHOLE = st.integers(-(2**63), 2**63 - 1)
_IDS = [st.lists(kind, max_size=4) for kind in (_TEXTS, _WHOLE, st.none() | _TEXTS | _WHOLE)]
_FLOATS = st.floats(width=32, allow_nan=False)


def scored(ids: Sequence[Id] = ("v1", "v2"), unit: int | str | None = 7, num_predictions: int = 2) -> Scored:
    """What a model might have found for these candidates."""
    score_B = np.linspace(0, 1, len(ids), dtype=np.float32)
    factor_C = np.arange(1, num_predictions + 1, dtype=np.float32)
    order_K = np.argsort(-score_B).astype(np.int32)
    return Scored(ids, order_K, score_B, np.outer(factor_C, score_B).astype(np.float32), unit)


def decision(name: str, time_us: int = 0, names: tuple[str, ...] = NAMES) -> Decision:
    """The decision of a request with this id."""
    return Decision(name, time_us, names, scored(num_predictions=len(names)).packed(), "primary", bundle="b1")


@st.composite
def scores(draw: st.DrawFn, num_predictions: int = 2) -> Scored:
    """Any content, candidates of none included."""
    ids: list[Id] = list(draw(draw(st.sampled_from(_IDS))))
    floats = st.lists(_FLOATS, min_size=len(ids), max_size=len(ids))
    rows = draw(st.lists(floats, min_size=num_predictions + 1, max_size=num_predictions + 1))
    score_SB = np.asarray(rows, dtype=np.float32).reshape(num_predictions + 1, len(ids))
    order = draw(st.permutations(range(len(ids))))[: draw(st.integers(0, 4))]
    unit = draw(st.none() | _TEXTS | _WHOLE)
    return Scored(ids, np.asarray(order, dtype=np.int32), score_SB[0], score_SB[1:], unit)


@st.composite
def decisions(draw: st.DrawFn) -> Decision:
    """Any decision with NAMES."""
    maybe = st.none() | _TEXTS
    seconds = draw(st.none() | st.floats(0, 100, width=32))
    time_us = draw(st.integers(0, 4 * 10**15))
    content = draw(scores()).packed()
    about = draw(_TEXTS), draw(maybe), draw(maybe), draw(maybe), seconds
    batch = draw(st.none() | _FLOATS), draw(st.none() | st.lists(_TEXTS, max_size=2).map(tuple))
    return Decision(draw(_TEXTS), time_us, NAMES, content, *about, *batch)
