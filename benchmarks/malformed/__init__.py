"""Requests that are wrong in every way, sent to what answers ranking requests; each is known by its number."""
