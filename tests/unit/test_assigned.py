"""Which pack of a run decides a charge of a county, with whose choices."""

from dataclasses import replace
from datetime import date

from clear_record.audit.assigned import OfficesOf
from clear_record.decide.assignment import Assignment
from clear_record.law.pack import Pack
from tests.small_laws import small_law


def law(years: int, until: str = "2030-01-01") -> Pack:
    values = [
        {"until": until, "is": years, "cite": "c", "evidence": "C"},
        {"from": until, "is": 9, "cite": "c", "evidence": "C"},
    ]
    return small_law(parameters={"years": {"says": "s", "values": values}})


YOLO, REST = law(1), law(2, "2031-01-01")


def test_a_county_goes_by_its_own_office_and_the_rest_by_that_of_all_others() -> None:
    (offices,) = OfficesOf.of([Assignment(YOLO, ("YOLO",), takes_unreadable=False), Assignment(REST)])
    assert (offices.pack_for("YOLO"), offices.pack_for("NAPA"), offices.pack_for(None)) == (YOLO, REST, REST)
    assert offices.counties == ()


def test_a_pack_is_not_asked_of_other_counties() -> None:
    other = replace(small_law(), name="us_zz/other")
    assignments = [Assignment(YOLO, ("YOLO", "NAPA"), takes_unreadable=False), Assignment(other)]
    first, second = OfficesOf.of(assignments)
    assert (first.pack_for("KERN"), first.pack_for(None), first.counties) == (None, None, ("NAPA", "YOLO"))
    assert second.pack_for("KERN") is other


def test_where_the_county_cannot_be_read_and_offices_differ_their_choices_are_unknown() -> None:
    (offices,) = OfficesOf.of([Assignment(YOLO, ("YOLO",)), Assignment(REST, ("NAPA",))])
    pack = offices.pack_for(None)
    assert pack is not None
    assert pack.parameters["years"].on(date(2020, 1, 1)) is None
    assert {date(2030, 1, 1), date(2031, 1, 1)} <= set(pack.changing_days)
