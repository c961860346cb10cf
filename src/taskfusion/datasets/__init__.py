"""Tables to begin with: a simulated feed, public data sets made ready."""
