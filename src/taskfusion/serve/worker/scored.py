"""What a rank call found, in bytes beside its JSON: what the decision log and a comparison in the shadow need of it.

Axes: B candidates that were scored, C predictions, S = 1 + C, K candidates that were answered.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import orjson

from taskfusion.serve.worker.ids import Id, PackedIds


@dataclass(frozen=True, eq=False, slots=True)
class Scored:
    """Scores of one request.

    Attributes:
        ids: of the candidates that were scored, in the order of the request, B of them; None: it has none.
        order_K: places among them, best first.
        score_B: what they are ordered by.
        prediction_CB: predictions.
        unit: whose request it is; None: not known.
    """

    ids: Sequence[Id]
    order_K: npt.NDArray[np.int32]
    score_B: npt.NDArray[np.float32]
    prediction_CB: npt.NDArray[np.float32]
    unit: int | str | None

    def packed(self) -> bytes:
        """Bytes of it: a header of fixed size, the arrays, the ids, then the unit as JSON."""
        ids = PackedIds.of(self.ids)
        num_predictions, num_candidates = self.prediction_CB.shape
        return b"".join(
            (
                _HEADER.pack(num_candidates, num_predictions, len(self.order_K), len(ids.content)),
                self.score_B.astype(np.float32, copy=False).tobytes(),
                self.prediction_CB.astype(np.float32, copy=False).tobytes(),
                self.order_K.astype(np.int32, copy=False).tobytes(),
                ids.content,
                orjson.dumps(self.unit),
            )
        )

    @classmethod
    def take(cls, content: bytes) -> Self:
        """What was packed; the arrays are read-only views of the bytes, and ids are read when they are asked for."""
        num_candidates, num_predictions, num_answered, ids_length = _HEADER.unpack_from(content)
        at = _HEADER.size
        num_floats = num_candidates * (1 + num_predictions)
        score_SB = np.frombuffer(content, np.float32, num_floats, at).reshape(1 + num_predictions, num_candidates)
        at += 4 * num_floats
        order_K = np.frombuffer(content, np.int32, num_answered, at)
        at += 4 * num_answered
        ids = PackedIds(content[at : at + ids_length], num_candidates)
        return cls(ids, order_K, score_SB[0], score_SB[1:], orjson.loads(content[at + ids_length :]))


_HEADER = struct.Struct("=IIII")
