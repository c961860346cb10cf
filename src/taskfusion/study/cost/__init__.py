"""What it costs to serve predictions, by the ways there are, and the cheapest mix of them."""
