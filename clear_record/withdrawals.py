"""Which rows of the record tables a later delivery withdrew, for every engine: the rows stay, and no longer count.

A row of `withdrawal` names a record (a charge with all that came with it, a person, a duty, a fact, ...) as one delivery gave it.
"""

RECORDS_OF: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "subject": (("subject",), ("subject_id",)),
    "charge": (("charge",), ("charge_id",)),
    "disposition": (("charge",), ("charge_id",)),
    "sentence": (("charge",), ("charge_id",)),
    "supervision": (("charge", "supervision"), ("charge_id", "supervision_id")),
    "registration": (("registration",), ("registration_id",)),
    "fact": (("fact",), ("fact_id",)),
    "subject_link": (("subject_link",), ("subject_id",)),
    "reject": (("reject",), ("subject_id",)),
}
"""For each record table the records (table_name in `withdrawal`) with which its rows go, and the columns of which the first that is not null
is their record_id. Links and rejected rows of a person go together. `coverage` is of no person, and stays."""


def is_withdrawn(name: str, row: str, withdrawal: str) -> str | None:
    """The condition, in SQL, that a row of a record table (by the alias `row`) is withdrawn by a row of `withdrawal` (by its alias).

    None for a table of which nothing is withdrawn.
    """
    if name not in RECORDS_OF:
        return None
    names, columns = RECORDS_OF[name]
    listed = ", ".join(f"'{each}'" for each in names)
    record_id = ", ".join(f"{row}.{each}" for each in columns)
    return (
        f"{withdrawal}.table_name IN ({listed}) AND {withdrawal}.withdrawn_delivery_id = {row}.delivery_id "
        f"AND {withdrawal}.record_id = coalesce({record_id})"
    )
