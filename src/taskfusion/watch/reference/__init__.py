"""What a model is held against: how its predictions, labels and features were when it was sound."""
