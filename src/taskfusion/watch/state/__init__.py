"""What a watch has counted, on disk: whole after every step, whenever its process is killed."""
