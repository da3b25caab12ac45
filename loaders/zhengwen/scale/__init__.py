"""Runs the stages over many documents: reads them, divides the work into tasks, and runs these in parallel."""
