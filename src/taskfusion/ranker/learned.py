"""What a fitted ranker tells of its training."""

import shutil
from pathlib import Path

import polars as pl

from taskfusion.base.errors import RunError
from taskfusion.base.files import atomic_directory, from_home
from taskfusion.base.lock import only_writer
from taskfusion.pipeline.export import export_run
from taskfusion.ranker.estimator import Estimator
from taskfusion.ranker.fitted import Fitted
from taskfusion.report.frame import edge_frame, fusion_frame, history_frame, importance_frame, metrics_frame
from taskfusion.run.record.metrics import RunMetrics


class Learned(Estimator):
    """An estimator that has, once it is fitted, a finished run."""

    _fitted: Fitted | None = None

    @property
    def metrics(self) -> RunMetrics:
        """What training took and what it reached on validation and test rows; the content of metrics.json."""
        return self._require_fitted().run.read_metrics()

    @property
    def metrics_frame(self) -> pl.DataFrame:
        """The metrics of validation and test rows as one row each: task, split, metric, value; null where one cannot be
        computed.

        >>> ranker.metrics_frame.filter(task="click", split="validation", metric="auc").height
        1
        """
        return metrics_frame(self.metrics.splits)

    @property
    def history(self) -> pl.DataFrame:
        """One row per evaluation of the validation rows: epoch, step, seconds, rows_per_second, criterion, best, and
        per task its training loss (click.train_loss) and its metrics (click.auc); null where one cannot be computed.
        """
        return history_frame(self._require_fitted().run.read_log())

    @property
    def fusion_weights(self) -> pl.DataFrame:
        """Who takes how much from whom, averaged over the validation rows (AdaTT, figure 3): one row per level, fusion
        unit and expert, with the weight (gate plus native residual), the gate alone, and whether the edge exists. No
        rows where the network mixes nothing.
        """
        return fusion_frame(self._require_fitted().run.read_fusion().levels)

    def fusion(self) -> pl.DataFrame:
        """Who takes how much from whom, as an edge list: one row per level, target and source, with the weight that the
        target gives to all experts of the source, averaged over the validation rows. Edges that a sharing policy
        forbids are left out; an expert that belongs to nobody is a source of its own. fusion_weights has the experts.

        >>> edges = ranker.fusion()
        >>> edges.columns
        ['level', 'target', 'source', 'weight']
        >>> sorted(edges.filter(edges["level"] == 1).select("target", "source").rows())
        [('click', 'click'), ('click', 'like'), ('like', 'click'), ('like', 'like')]
        """
        return edge_frame(self._require_fitted().run.read_fusion().levels)

    def feature_importance(self) -> pl.DataFrame:
        """Which columns of the table each task rests on (permutation importance on validation rows): one row per column
        and task, with the percent by which the task's loss rises when the column is shuffled, and its 95 % interval
        over shuffles.

        >>> ranker.feature_importance().columns
        ['feature', 'task', 'rise', 'low', 'high']

        Raises:
            RunError: the run has none, as those that a comparison trained.
        """
        return importance_frame(self._require_fitted().run.read_importance().features)

    @property
    def report(self) -> str:
        """The page of the run, HTML."""
        return self._require_fitted().run.report.read_text(encoding="utf-8")

    def save(self, path: str | Path) -> None:
        """Copy the run directory, report included.

        Raises:
            RunError: the ranker is not fitted, or something is at the path.
        """
        run = self._require_fitted().run
        target = from_home(path)
        with only_writer(target):
            if target.exists():
                raise RunError(f"'{path}' exists already; name another directory")
            with atomic_directory(target) as temporary:
                shutil.copytree(run.path, temporary, dirs_exist_ok=True)

    def export(self, path: str | Path) -> Path:
        """Write ONNX graphs and all else that Scorer needs, checked against this ranker's model.

        Returns:
            The path, for Scorer.load.

        Raises:
            RunError: the ranker is not fitted, or something is at the path.
            ExperimentError: a package of the extra "export" is missing.
        """
        return export_run(self._require_fitted().run.path, from_home(path)).path

    def _require_fitted(self) -> Fitted:
        if self._fitted is None:
            raise RunError("this ranker is not fitted yet; call fit, or load a run")
        return self._fitted
