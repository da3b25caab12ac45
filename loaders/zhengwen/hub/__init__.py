"""Publishing: one commit and one tag, on a hub or on any git host, read back and compared."""
