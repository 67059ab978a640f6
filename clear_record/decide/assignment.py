"""A pack and the counties whose charges it decides."""

from dataclasses import dataclass

from clear_record.law.pack import Pack


@dataclass(frozen=True, slots=True)
class Assignment:
    """A pack, the counties whose charges it decides (none means all), and whether it takes charges without a county.

    A charge whose county cannot be read belongs to no office for certain: the law takes it, and the one office that is
    asked, or the office of all counties that no other names.
    """

    pack: Pack
    counties: tuple[str, ...] = ()
    takes_unreadable: bool = True
