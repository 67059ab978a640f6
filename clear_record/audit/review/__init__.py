"""Samples for attorneys, their marks, and the facts that reviewers settle."""
