"""Feature interactions between the input layer and the fusion network, one file per method."""
