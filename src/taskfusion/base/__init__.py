"""What all other parts stand on: errors for people, files that are whole or absent, moments."""
