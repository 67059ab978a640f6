"""The errors that a person can cause, and the exit code of each.

A message is one line: what is wrong, where, what was expected, and the way on. It never holds a person's values.
"""


class ClearRecordError(Exception):
    """Root of the family; `exit_code` is what the command line exits with."""

    exit_code = 2


class InputRefused(ClearRecordError):
    """A delivery, file, option or configuration cannot be accepted as it is."""


class PackRefused(InputRefused):
    """A rule pack says something that the law language does not allow."""


class NeedsOverride(ClearRecordError):
    """Possible, but only when a person says so by name; the override is logged."""

    exit_code = 3


class NotReproducible(ClearRecordError):
    """Something that a run rests on is gone or is no longer what it was."""

    exit_code = 4


class Busy(ClearRecordError):
    """Another job writes the same tables; try again later."""

    exit_code = 75
