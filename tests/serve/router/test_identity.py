"""What is loaded anew: other bundles, other files in them, other items; not another deadline."""

from pathlib import Path

from taskfusion.config.routes import Canary, Tier
from taskfusion.serve.router.identity import batch_identity, identity


def test_a_model_is_the_same_until_its_files_change(tmp_path: Path) -> None:
    record = tmp_path / "scorer.json"
    record.write_text("{}")
    tier = Tier(bundle=str(tmp_path))
    first = identity(tier, None, None)
    assert identity(Canary(bundle=str(tmp_path), percent=5, deadline_ms=7), None, None) == first
    assert identity(tier, "click", None) != first
    assert identity(tier, None, "user_id") != first
    assert identity(tier.model_copy(update={"workers": 2}), None, None) != first
    items = Tier(bundle=str(tmp_path), items=str(tmp_path / "items"))
    assert identity(items, None, None) != first
    assert identity(items.model_copy(update={"items_most_age_hours": 3.0}), None, None) != identity(items, None, None)
    record.unlink()
    record.write_text("{ }")
    assert identity(tier, None, None) != first


def test_a_batch_is_the_same_until_its_record_changes(tmp_path: Path) -> None:
    record = tmp_path / "score.json"
    record.write_text("{}")
    first = batch_identity(tmp_path, "user", "item", ["click"])
    assert batch_identity(tmp_path, "user", "item", ["click"]) == first
    assert batch_identity(tmp_path, "user", "item", ["click", "buy"]) != first
    assert batch_identity(tmp_path, "user", "page", ["click"]) != first
    record.write_text("{ }")
    assert batch_identity(tmp_path, "user", "item", ["click"]) != first
