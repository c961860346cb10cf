"""What trained models take from whom, and on what they rest."""
