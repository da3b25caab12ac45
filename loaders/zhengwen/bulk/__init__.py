"""Checks of files of records, of any size, against one shape: JSON lines, compressed or not, and Parquet."""
