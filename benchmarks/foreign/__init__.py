"""Tables that were not made for this project, taken out of the Python packages that ship them, and models on them."""
