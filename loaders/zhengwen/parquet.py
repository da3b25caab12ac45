"""Opens local Parquet files, in the one way that is safe."""

import os
from pathlib import Path

import pyarrow as pa


def parquet_source(path: Path) -> pa.OSFile:
    """The file at ``path``, for a reader of Arrow; to be used in a ``with`` statement.

    Arrow reads it itself.  From a Python file it would read ahead in threads that need Python's lock to free what they
    have read, and would abort a process that ends at that moment (:mod:`zhengwen.shutdown`).  And as a string, Arrow
    takes no path that is not UTF-8.  Raises ``OSError`` when the file cannot be opened.
    """
    return pa.OSFile(os.fsencode(path))
