"""Publish: the lists that offices know how to work with, and the summary of a run."""
