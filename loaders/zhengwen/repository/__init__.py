"""Reads a repository once, checks it up to level 4 on the way, and hands the result to everything else."""
