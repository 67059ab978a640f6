"""Invented extracts for demos, tests and benches: the layouts are real, the people are not.

One module a layout (`us_ca_doj`) with `generate`; beneath it, from what is public to what is printed: `shares` (the
figures), `offenses` and `people` (what can happen, and to whom), `story` (one person's record), `rows` (that record
in the layout's columns), `dirt` (rows made unbelievable), `dice` (where all chance comes from).
"""
