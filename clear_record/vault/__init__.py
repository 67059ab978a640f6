"""The vault: names and numbers from sources that are not files, under a root with its own access.

`place` says where it is. `keeping` writes it, for ingest alone; `reading` reads it, for publish alone, and notes who does. `sealing` takes
out what must be gone, and `rotating` carries it under a new id key. A test holds the rest of the program to that.
"""
