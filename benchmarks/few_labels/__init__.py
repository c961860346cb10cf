"""What sharing is worth where one task has few labels and the others have all of theirs."""
