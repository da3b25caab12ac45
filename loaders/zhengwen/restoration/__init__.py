"""The damage that content farms do to Chinese text: a forward model of it, and its restoration."""
