"""What is packed comes out the same."""

import numpy as np
from hypothesis import given

from serve.decisions import scored, scores
from taskfusion.serve.worker.scored import Scored


@given(scores())
def test_it_comes_out_as_it_went_in(given_one: Scored) -> None:
    found = Scored.take(given_one.packed())
    assert list(found.ids) == list(given_one.ids)
    assert type(found.unit) is type(given_one.unit)
    assert found.unit == given_one.unit
    for one, other in (
        (found.order_K, given_one.order_K),
        (found.score_B, given_one.score_B),
        (found.prediction_CB, given_one.prediction_CB),
    ):
        assert one.dtype == other.dtype
        assert one.shape == other.shape
        assert one.tobytes() == other.tobytes()
    assert found.packed() == given_one.packed()


def test_arrays_of_other_types_and_layouts_are_packed_as_theirs() -> None:
    one = scored()
    wide = Scored(one.ids, one.order_K.astype(np.int64), one.score_B.astype(float), one.prediction_CB.T.copy().T, 7)
    assert wide.packed() == one.packed()
