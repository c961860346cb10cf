"""Families of architectures, one file each: from what is asked of a network to its fusion levels as data."""
