"""Which linear maps read x."""

import torch

from serve.models import model_of
from taskfusion.model.fusion.network import build_network
from taskfusion.serve.reader import input_readers


def test_readers_cover_all_that_reads_x() -> None:
    def names(variant: str) -> list[str]:
        return [reader.name for reader in input_readers(model_of(variant).network)]

    assert names("adatt") == ["experts 1", "gate 1"]
    assert [reader.adds_shared for reader in input_readers(model_of("stem").network)] == [False, True]
    assert names("ml-mmoe") == ["experts 1", "gate 1", "gate 2"]
    assert names("cross-stitch") == names("mtan") == names("shared-bottom") == ["experts 1"]


def test_an_expert_that_is_not_visible_gets_no_weight() -> None:
    sharing = [[[True, False], [True, True]]]
    network = build_network("adatt-sp", input_dim=3, num_tasks=2, level_dims=[[4]], sharing=sharing)
    gate = input_readers(network)[1]
    weight_BUE = (torch.randn(5, 3) @ gate.weight_PD.T + gate.bias_P).view(5, 2, 2).softmax(-1)
    torch.testing.assert_close(weight_BUE, network.fusion_weights(torch.zeros(5, 3))[0].gate.gt(0) * weight_BUE)
    assert not weight_BUE[:, 0, 1].any()
