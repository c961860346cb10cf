"""What an exported model takes to answer: measured on a server as people start it, and in batch."""
