"""The stages over many documents: what is read, how the work is divided, what is done to one part, who runs it."""
