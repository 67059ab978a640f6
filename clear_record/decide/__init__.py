"""Decide: record tables at pinned versions and rule packs in, decisions and one run row out."""
