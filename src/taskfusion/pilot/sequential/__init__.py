"""Looking more than once: boundaries for planned looks, confidence sequences for any, and the ratio of the arms."""
