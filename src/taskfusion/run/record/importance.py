"""importance.json: which columns of the table each task of a run rests on."""

from pydantic import Field

from taskfusion.base.record import Artifact
from taskfusion.evaluate.importance import FeatureImportance


class Importances(Artifact):
    """Permutation importance on validation rows."""

    rows: int = Field(ge=1, description="Validation rows that were drawn.")
    repeats: int = Field(ge=2, description="Shuffles of each column.")
    features: tuple[FeatureImportance, ...] = Field(description="One per column of the table, in order.")
