"""Values of records in plain words."""

from datetime import date

import pytest

from clear_record.audit.said import offense_in_words, value_in_words
from clear_record.law.known_values import FALSE, TRUE, UNKNOWN, Code, Interval, Value
from clear_record.law.vocabulary import Type


@pytest.mark.parametrize(
    ("low", "high", "absent", "words"),
    [
        (date(2005, 6, 7), date(2005, 6, 7), False, "2005-06-07"),
        (date(2005, 6, 1), date(2005, 6, 30), False, "in June 2005"),
        (date(2004, 2, 1), date(2004, 2, 29), False, "in February 2004"),
        (date(2005, 1, 1), date(2005, 12, 31), False, "in 2005"),
        (date(2005, 1, 1), date(2007, 12, 31), False, "in 2005 to 2007"),
        (date(2005, 6, 2), date(2005, 6, 30), False, "from 2005-06-02 to 2005-06-30"),
        (None, date(2005, 6, 7), False, "on or before 2005-06-07"),
        (date(2005, 6, 7), None, False, "on or after 2005-06-07"),
        (None, None, False, "unknown"),
        (None, None, True, "none"),
        (date(2030, 1, 1), date(2030, 1, 1), True, "not by that day (recorded: 2030-01-01)"),
        (date.min, None, None, "unknown whether and when"),
        (date(2005, 6, 7), None, None, "on or after 2005-06-07, if at all"),
    ],
)
def test_days(low: date | None, high: date | None, absent: bool | None, words: str) -> None:
    assert value_in_words(Interval(low, high, absent), Type.DATE) == words


@pytest.mark.parametrize(
    ("value", "type", "words"),
    [
        (TRUE, Type.BOOLEAN, "yes"),
        (FALSE, Type.BOOLEAN, "no"),
        (UNKNOWN, Type.BOOLEAN, "unknown"),
        (Code("F"), Type.CODE, "F"),
        (Code(""), Type.CODE, "blank"),
        (Code(None), Type.CODE, "unknown"),
        (Code(None, absent=True), Type.CODE, "none"),
        (Interval(28.5, 28.5), Type.NUMBER, "28.5 g"),
        (Interval(0.0, 0.0), Type.NUMBER, "0 g"),
        (Interval(0.0, None), Type.NUMBER, "unknown"),
        (Interval(0.0, 2.0), Type.NUMBER, "at most 2 g"),
        (Interval(1.0, 2.0), Type.NUMBER, "from 1 to 2 g"),
        (Interval(1.0, None), Type.NUMBER, "at least 1 g"),
        (Interval(0.0, None, absent=True), Type.NUMBER, "none"),
    ],
)
def test_other_values(value: Value, type: Type, words: str) -> None:
    assert value_in_words(value, type, "g") == words


def test_an_offense_is_told_as_printed_where_it_could_not_be_read() -> None:
    read = {
        "offense_code": "HS",
        "offense_section": "11357",
        "offense_subdivisions": "(b)",
        "offense_is_readable": True,
    }
    assert offense_in_words(read) == "HS 11357(b)"
    assert offense_in_words({**read, "offense_attempt": True}) == "attempted HS 11357(b)"
    assert (
        offense_in_words({"offense_raw": "SEE COMMENT"}) == "not read with certainty, printed “SEE COMMENT”"
    )
    assert offense_in_words({}) == "not recorded"
