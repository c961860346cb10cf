"""What each command does: pieces put together around a run directory."""
