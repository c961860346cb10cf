"""The measures of a segment as ratios of sums over clusters, each on a scale on which it is nearly normal.

Axes: K rows with a known label, C classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taskfusion.evaluate.bootstrap import Ratios
from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.evaluate.rows import Floats, same_for_all
from taskfusion.evaluate.simultaneous import Root
from taskfusion.evaluate.statistic import LabelledRows, area_under_curve
from taskfusion.schema.task.table import kind_of

CALIBRATION, BIAS, AUC, CHANGE = "calibration", "bias", "auc", "change"
"""Measures beside the relative loss: mean prediction over mean label; in its place where labels are below 0 their
difference, in standard deviations of the label; AUC; and the loss over that of a baseline."""


@dataclass(frozen=True)
class MeasuredRows:
    """Known rows of one task with their predictions [K] or [K, C].

    Args:
        rows: labels and clusters.
        own: of the model.
        others: of the baseline, seed by seed; empty: there is none.
    """

    rows: LabelledRows
    own: Floats
    others: Sequence[Floats]

    def roots(self, in_K: npt.NDArray[np.bool_]) -> dict[str, Root]:
        """The measures of some rows, by name."""
        task, kind = self.rows.task, kind_of(self.rows.task)
        label_K, weight_K, own = self.rows.label_K[in_K], self.rows.weight_K[in_K], self.own[in_K]
        part = LabelledRows(
            task,
            np.ones(len(label_K), dtype=bool),
            label_K,
            weight_K,
            self.rows.cluster_K[in_K],
            self.rows.num_clusters,
            self.rows.grouped,
        )

        def ratio(upper_K: Floats, lower_K: Floats) -> Ratios:
            return Ratios(part.sums(weight_K * upper_K)[:, None], part.sums(weight_K * lower_K)[:, None])

        constant = kind.constant(task, label_K, weight_K)
        loss_K = kind.row_loss(task, own, label_K)
        found = {
            LEAD_METRIC: Root(ratio(loss_K, kind.row_loss(task, same_for_all(constant, len(label_K)), label_K)), "log")
        }
        predicted_K, observed_K = kind.balance.numbers(task, own, label_K)
        if self.is_signed:
            spread = float(self.rows.label_K.std()) or 1.0
            found[BIAS] = Root(ratio((predicted_K - observed_K) / spread, np.ones(len(label_K))), "plain")
        else:
            found[CALIBRATION] = Root(ratio(predicted_K, observed_K), "log")
        area = area_under_curve(part, [own]) if AUC in kind.statistics else None
        if area is not None:
            found[AUC] = Root(area.ratios, "logit")
        if self.others:
            other_K = np.mean([kind.row_loss(task, other[in_K], label_K) for other in self.others], axis=0)
            found[CHANGE] = Root(ratio(loss_K, other_K), "log")
        return found

    @property
    def is_signed(self) -> bool:
        """Whether a label is below 0, so that means have no ratio that could be read."""
        return not kind_of(self.rows.task).values(self.rows.task) and bool((self.rows.label_K < 0).any())
