import numpy as np
import torch
from scipy import special
from torch.nn import functional

from taskfusion.model.head.multiclass import MulticlassHead

LOGIT = torch.tensor([[1.0, 2.0, 4.0], [-700.0, 0.0, 700.0]], dtype=torch.float64)


def test_a_multiclass_head_gives_a_probability_per_class_and_takes_the_index() -> None:
    head = MulticlassHead(3)
    np.testing.assert_allclose(head.predict(LOGIT).numpy(), special.softmax(LOGIT.numpy(), axis=1), rtol=1e-12)
    target = head.target(torch.tensor([2.0, 0.0]))
    assert target.dtype == torch.int64
    assert target.tolist() == [2, 0]


def test_its_loss_is_the_cross_entropy() -> None:
    label = torch.tensor([2.0, 0.0])
    torch.testing.assert_close(
        MulticlassHead(3).row_loss(LOGIT, label), functional.cross_entropy(LOGIT, label.long(), reduction="none")
    )
