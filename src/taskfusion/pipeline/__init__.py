"""What is done with one model, one verb per file: train, predict, evaluate, calibrate, distil, export."""
