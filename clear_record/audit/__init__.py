"""Audit: check, explain, compare and sample what was decided. Nothing here changes what was decided."""
