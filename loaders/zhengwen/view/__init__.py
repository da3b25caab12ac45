"""A document as a page for readers."""
