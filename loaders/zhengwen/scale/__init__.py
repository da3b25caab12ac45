"""The stages over many documents: what is read and how it is divided, the work on one part, who runs it."""
