"""Bundles that somebody tampered with, with hashes made right again: each is refused in a sentence, or scores."""
