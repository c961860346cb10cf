"""The version of the package, which its metadata, files and pages name; this is the only place that says it."""

__version__ = "0.2.0"
