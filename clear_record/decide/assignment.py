"""A pack and the counties whose charges it decides."""

from dataclasses import dataclass

from clear_record.law.pack import Pack


@dataclass(frozen=True, slots=True)
class Assignment:
    """A pack, and the counties whose charges it decides; none means all.

    A charge whose county cannot be read is decided by every assignment of its pack that is the only one.
    """

    pack: Pack
    counties: tuple[str, ...] = ()
