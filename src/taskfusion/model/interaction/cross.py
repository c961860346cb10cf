"""Cross layers of DCN-v2 (Wang et al.: DCN V2, WWW 2021).

Axes: B rows, U units, D input width, R rank.
"""

from torch import Tensor, nn

from taskfusion.model.linear import UnitLinear


class CrossLayers(nn.Module):
    """x_{l+1} = x_0 * (W_l x_l + b_l) + x_l, with W_l = U_l V_l^T where a rank is given.

    The fusion network on top is the deep part, as in the paper's stacked structure.

    Args:
        num_units: U.
        input_dim: D.
        layers: number of cross layers.
        rank: R; None: full matrices.
    """

    def __init__(self, num_units: int, input_dim: int, *, layers: int, rank: int | None) -> None:
        super().__init__()
        self.output_dim = input_dim
        self.layers = nn.ModuleList(
            UnitLinear(num_units, input_dim, input_dim)
            if rank is None
            else nn.Sequential(
                UnitLinear(num_units, input_dim, rank, bias=False), UnitLinear(num_units, rank, input_dim)
            )
            for _ in range(layers)
        )

    def forward(self, x_UBD: Tensor) -> Tensor:
        """[U, B, D] to [U, B, D]."""
        crossed = x_UBD
        for layer in self.layers:
            crossed = x_UBD * layer(crossed) + crossed
        return crossed
