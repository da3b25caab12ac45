"""The command line: thin, each command a call into the package."""
