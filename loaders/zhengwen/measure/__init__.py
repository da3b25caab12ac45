"""Measures: how far annotators agree, where they do not, and how good a prediction is."""
