"""torch.compile in training: what the user is told where it fails; test_step holds the network that it captures."""

from pathlib import Path

import pytest
import torch

from taskfusion.base.errors import TaskfusionError
from taskfusion.train.compiler import torch_compiler


def test_without_a_compiler_of_cpp_the_user_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torch._inductor import config

    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(config.cpp, "cxx", ("missing-compiler",))
    compiled = torch_compiler(lambda x: (x * 3).relu(), device=torch.device("cpu"))
    with pytest.raises(TaskfusionError, match=r"training\.compile .*missing-compiler.*; install .*to false"):
        compiled(torch.ones(4, 3))
