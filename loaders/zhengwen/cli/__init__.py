"""The command line: a module for each command, named after it.

A command is a thin layer over the package: it parses arguments, calls a function and prints the result.
"""
