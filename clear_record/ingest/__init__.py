"""Ingest: from delivered files of a source to the record tables."""
