"""What a trained model shares between tasks."""
