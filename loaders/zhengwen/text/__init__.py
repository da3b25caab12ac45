"""Alignment and segmentation: functions on strings that know nothing of a corpus."""
