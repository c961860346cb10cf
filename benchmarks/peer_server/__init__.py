"""A general model server beside ours: the same scoring behind LitServe."""
