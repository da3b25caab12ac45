"""A new repository: what its maker decides, and the files that follow from that."""
