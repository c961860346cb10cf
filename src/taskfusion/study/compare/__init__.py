"""Compare methods: who can take part, which models that makes, what is stored of each."""
