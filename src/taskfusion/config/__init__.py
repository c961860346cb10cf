"""The experiment file: one file a section, and how it is read, overridden and refused."""
