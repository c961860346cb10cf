"""The section domain: rows that the model is meant for."""

from typing import Literal

from pydantic import Field

from taskfusion.schema.spec import Expression, Spec


class DomainConfig(Spec):
    """The domain that the model is meant for, where most rows come from another one (Shimodaira, Journal of Statistical
    Planning and Inference 2000). Every row weighs as much as it looks like rows of the target, so that all labelled
    rows of a task together are like them; with mean 1 in each split. A null label stays unknown, so a target without
    labels will do. The weights multiply those of all tasks on training and validation rows, so that the training loss,
    the criterion, calibration and the weights of trees beside the network are estimates of what they are on the target.
    Test rows weigh as without it: what the model reaches on the target, a test table of the target says.

    Weights pay where a model is too small to be right in both domains at once, and cost rows where it is not.
    """

    target: Expression = Field(
        description="SQL condition that rows of the target satisfy; any column of the table will do. A feature that "
        "reads one of its columns tells nobody how alike rows are, and is left out of the comparison.",
    )
    method: Literal["importance"] = Field(
        "importance",
        description="How the source is made like the target. importance: by the ratio of both densities of the "
        "features, which a LightGBM classifier estimates for rows that it did not learn from; where it cannot tell "
        "the domains apart, every weight is 1.",
    )
    clip: float = Field(
        0.99,
        gt=0,
        le=1,
        description="Quantile of the source's density ratios that larger ones are cut to, 0..1; 1: none is cut. Cut "
        "weights are steadier and less right.",
    )
