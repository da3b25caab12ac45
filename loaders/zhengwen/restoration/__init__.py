"""The damage that content farms do to Chinese text: a model of it, and its inverse."""
