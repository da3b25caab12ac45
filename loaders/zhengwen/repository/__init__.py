"""Reads a repository, and checks it up to level 4 while it does: what is read once is handed on to everything else."""
