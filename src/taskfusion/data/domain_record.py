"""What was found of the domain that a model is meant for."""

from typing import Final

from pydantic import Field

from taskfusion.base.record import Record

FEW_SHARE: Final = 0.1
"""Effective rows of the source below this share of its rows are few."""


class DomainShift(Record):
    """What was found of the source and the target, over training and validation rows together."""

    target_rows: int = Field(ge=0, description="Rows of the target.")
    source_rows: int = Field(ge=0, description="All others.")
    auc: float = Field(
        ge=0, le=1, description="AUC with which LightGBM tells the domains of rows that it did not learn from."
    )
    told_apart: bool = Field(description="Whether it does so beyond chance; if not, every weight is 1.")
    largest_weight: float = Field(ge=0, description="Of a row of the source among the training rows.")
    effective_rows: float = Field(
        ge=0,
        description="As many rows of equal weight would be as exact as the source's training rows: the square of the "
        "sum of their weights over the sum of the squares.",
    )
    train_source_rows: int = Field(ge=0, description="Training rows of the source.")

    def __str__(self) -> str:
        rows = f"{self.target_rows:,} rows of the target, {self.source_rows:,} of the source"
        if not self.told_apart:
            return (
                f"domain: LightGBM cannot tell {rows} apart (AUC {self.auc:.3f}), so every weight is 1 and the section "
                f"changes nothing"
            )
        found = (
            f"domain: {rows}, told apart with AUC {self.auc:.3f}; the {self.train_source_rows:,} training rows of the "
            f"source weigh {self.largest_weight:.3g} at the most and count like {self.effective_rows:,.0f} rows"
        )
        few = self.effective_rows < FEW_SHARE * self.train_source_rows
        return f"{found}; these are few, since the domains hardly overlap: trust labels of the target" if few else found
