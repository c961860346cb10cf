"""What is removed of a run: files that a run writes, by their names, and never anything else."""

from taskfusion.base.files import remove_files, remove_leftovers
from taskfusion.data.encode import ENCODER_FILES
from taskfusion.run.cache import has_teachers, remove_own_cache
from taskfusion.run.directory import RunDirectory
from taskfusion.run.ensemble_files import TREE_FILES


def abandon(run: RunDirectory) -> None:
    """Remove a run that cannot be gone on with, so that one with other settings can take its place; what its teachers
    predict would be the same, and stays, and so does all that no run has written.
    """
    if not has_teachers(run.path):
        remove_own_cache(run.path)
    remove_files(run.path / "encoder", ENCODER_FILES.fullmatch)
    remove_files(run.ensemble.folder, TREE_FILES.fullmatch)
    remove_files(run.path, run.names.__contains__)


def remove_scaffold(run: RunDirectory) -> None:
    """Remove what a finished run needs no more: its resume point and its own teachers."""
    run.checkpoint.unlink(missing_ok=True)
    remove_own_cache(run.path)
    remove_leftovers(run.path)


def remove_leftovers_of(run: RunDirectory) -> None:
    """Remove what killed processes left in and beside the directory, which nobody else writes."""
    remove_leftovers(run.path)
    remove_leftovers(run.path.parent, run.path.name)
