"""What was found of the domain that a model is meant for."""

from typing import Final

from pydantic import Field

from taskfusion.base.record import Record

FEW_SHARE: Final = 0.1
"""Effective rows below this share of the training rows are few."""


class DomainShift(Record):
    """What was found of the source and the target, over training and validation rows together."""

    target_rows: int = Field(ge=0, description="Rows of the target.")
    source_rows: int = Field(ge=0, description="All others.")
    auc: float = Field(
        ge=0, le=1, description="AUC with which LightGBM tells the domains of rows that it did not learn from."
    )
    told_apart: bool = Field(description="Whether it does so beyond chance; if not, every weight is 1.")
    largest_weight: float = Field(ge=0, description="Of a training row; their mean is 1.")
    effective_rows: float = Field(
        ge=0,
        description="As many rows of equal weight would be as exact as the training rows with a label, of the task "
        "that loses most: the square of the sum of their weights over the sum of the squares.",
    )
    train_rows: int = Field(ge=0, description="Training rows with a label of that task.")

    @property
    def is_few(self) -> bool:
        """Whether the training rows count like too few, since the domains hardly overlap."""
        return self.effective_rows < FEW_SHARE * self.train_rows

    def __str__(self) -> str:
        rows = f"{self.target_rows:,} rows of the target, {self.source_rows:,} of the source"
        if not self.told_apart:
            return (
                f"domain: LightGBM cannot tell {rows} apart (AUC {self.auc:.3f}), so every weight is 1 and the section "
                f"changes nothing"
            )
        found = (
            f"domain: {rows}, told apart with AUC {self.auc:.3f}; training rows weigh {self.largest_weight:.3g} at the "
            f"most, and the {self.train_rows:,} labelled ones count like {self.effective_rows:,.0f} rows"
        )
        if not self.is_few:
            return found
        return f"{found}; these are few, since the domains hardly overlap: trust labels of the target"
