"""What an experiment would train, and what looks wrong about it, before anything is trained."""
