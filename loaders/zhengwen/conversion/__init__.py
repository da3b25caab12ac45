"""Conversion of a text between editions, with the alignment that carries every span over."""
