"""Alignment and segmentation: functions on strings, independent of any corpus."""
