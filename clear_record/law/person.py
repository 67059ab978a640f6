"""A person as the evaluators see one: a list of rows, one a charge, with what is known of the person and of the charge's facts.

`clear_record.decide.gather` makes such rows of the record tables; vignettes, cases and tests make them here.
"""

from typing import Any

from clear_record.law.vocabulary import FACTS, VOCABULARY, Absence, Type
from clear_record.tables import BOOLEAN, CHARGE, DATE, DOUBLE, STRING

MOST_CHARGES = 1_000
"""More charges than one person can have: an id with more of them stands for several people, or for nobody ("unknown").

What relates two records of a person costs the square of their number, so that one such id would cost as much as a county.
"""

_OF_PERSON = [entry for entry in VOCABULARY.values() if entry.is_of_person and entry not in FACTS]
_TYPES = {Type.DATE: DATE, Type.BOOLEAN: BOOLEAN, Type.NUMBER: DOUBLE}


def _fact_columns() -> dict[str, str]:
    columns: dict[str, str] = {}
    for fact in FACTS:
        columns |= dict.fromkeys(fact.columns, _TYPES.get(fact.type, STRING))
        if fact.absence is Absence.NONE and fact.type is not Type.DATE:
            columns[fact.columns[1]] = BOOLEAN
    return columns


COLUMNS: dict[str, str] = {
    **{column.name: column.type for column in CHARGE.columns},
    **{column: _TYPES.get(entry.type, STRING) for entry in _OF_PERSON for column in entry.columns},
    **_fact_columns(),
    # Whether the person has more than MOST_CHARGES: then nothing is known of how the person's records relate.
    "is_crowded": BOOLEAN,
}
"""The columns of a row and their Spark DDL types, in order."""


def blank_row() -> dict[str, Any]:
    """A row of which nothing is recorded."""
    return dict.fromkeys(COLUMNS)
