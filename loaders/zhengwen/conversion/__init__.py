"""Conversion between the editions of a text, with the alignment that carries every span along."""
