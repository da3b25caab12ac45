"""Pure functions on strings; nothing here knows of a corpus."""
