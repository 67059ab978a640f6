"""From the cells of a table to typed rows under the lake's ids: coded and checked; what cannot be believed gets a code."""

from collections.abc import Mapping, Sequence
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from clear_record.ingest.cells import Flaw, has_flaw
from clear_record.ingest.ids import keyed, line_of, text_of, with_key
from clear_record.ingest.tables.source import (
    FACTS_OF_CHARGE,
    FACTS_OF_PERSON,
    Role,
    Table,
    TableName,
    TablesSource,
    shape_of_dates,
    spelled,
)
from clear_record.keys import IdKey

_IDS = ("subject_id", "linked_subject_id", "charge_id", "case_id", "cycle_id", "row_id")
_WITH_ROW_IDS = ("supervision", "registrations", "facts")
_LONGEST_COUNT = 5  # digits
# Texts of these say nothing that a law asks: what they mean may stay open.
_HARMLESS = ("sex", "race")
# Numbers of facts: whole, or with a decimal point.
_NUMBER = r"^[0-9]{1,9}(\.[0-9]{1,6})?$"


def coded_roles(table: Table) -> list[str]:
    """The parts of a table whose unknown codes are counted, in the order of their bits in `unknown`."""
    return table.roles_of(Role.CODE, Role.VALUE)


def typed_rows(
    cells: DataFrame, source: TablesSource, holds: TableName, table: Table, key: IdKey, received_on: date
) -> DataFrame:
    """The cells of `reading.cells_of` as typed rows.

    Gives subject_id, linked_subject_id (of links), charge_id (null without a charge), case_id and cycle_id (of charges), row_id (of
    tables whose rows have ids of their own: the state's person and charge, and the row's key); code and field of a row that cannot be believed
    (else null); each part under its name: dates as <name>_earliest and <name>_latest, codes with <name>_raw beside them, counts as
    int; unknown (int, bits of `coded_roles`: a text that its map lacks) and is_doubtful (one of these matters); sentinels (int, days
    that only stand for "not known"); place and hash columns as they came.
    """
    roles = table.roles
    people = table.roles_of(Role.PERSON)
    dates = table.roles_of(Role.PAST, Role.DAY)
    charge = [f"charge_{i}" for i in range(len(roles["charge"][1]))] if "charge" in roles else []
    kept = [name for name in cells.columns if name not in (*roles, *charge, "blank_key", "key_text")]

    rows = with_key(cells, key).withColumns(
        {
            f"{'' if role == 'subject' else 'linked_'}subject_id": F.when(
                F.col(role).rlike(f"^(?:{source.subject_id_pattern})$"), keyed(F.col(role), key)
            )
            for role in people
        }
    )
    if "line" not in rows.columns and "key_text" in rows.columns:
        # What has no lines is found by its key, which may be a person's id: so it is keyed too.
        rows = rows.withColumn("line", line_of(F.col("key_text"), key))
        kept.append("line")
    of_charge = [F.col("subject"), *[F.col(name) for name in charge]]
    if charge:
        is_named = F.coalesce(*[F.col(name) for name in charge]).isNotNull()
        text = text_of(F.lit("charge"), F.lit(source.name), *of_charge)
        rows = rows.withColumn("charge_id", F.when(is_named, keyed(text, key)))
    if holds in _WITH_ROW_IDS:
        text = text_of(F.lit(holds), F.lit(source.name), *of_charge, F.col("key_hash"))
        rows = rows.withColumn("row_id", keyed(text, key))

    # Each layer is computed once: an expression within a condition is computed anew wherever it stands.
    rows = rows.withColumns({f"{role}_text": _day_text(F.col(role), source) for role in dates})
    patterns = source.dates_of(table)
    rows = rows.withColumns(
        {f"{role}_earliest": _earliest(F.col(f"{role}_text"), patterns) for role in dates}
    )
    rows = rows.withColumns({f"{role}_latest": _latest(role, patterns) for role in dates})
    read: dict[str, Column] = {}
    for role in table.roles_of(Role.CODE):
        read[f"{role}_code"] = _coded(
            F.col(role), table.codes_of(role), source.counties if role == "county" else ()
        )
    for role in table.roles_of(Role.COUNT):
        read[f"{role}_count"] = F.when(
            F.col(role).rlike(f"^[0-9]{{1,{_LONGEST_COUNT}}}$"), F.col(role).cast("int")
        )
    rows = rows.withColumns(read)
    if holds == "charges":
        rows = rows.withColumns(_case_and_cycle(source, table, charge, key))
    if "value" in roles:
        rows = rows.withColumns(_values(table, patterns))

    is_unknown = {role: _is_unknown(role) for role in coded_roles(table)}
    bits, doubts = F.lit(0), F.lit(False)
    for bit, (role, unknown) in enumerate(is_unknown.items()):
        bits = bits.bitwiseOR(F.when(unknown, 1 << bit).otherwise(0))
        if role not in _HARMLESS:
            doubts |= unknown
    typed: dict[str, Column] = {}
    for role, (kind, _) in roles.items():
        match kind:
            case Role.TEXT:
                typed[role] = F.col(role)
            case Role.CODE:
                typed |= {role: F.col(f"{role}_code"), f"{role}_raw": F.col(role)}
            case Role.COUNT:
                typed[role] = F.col(f"{role}_count")
            case Role.PAST | Role.DAY:
                typed |= {f"{role}_{end}": F.col(f"{role}_{end}") for end in ("earliest", "latest")}
            case Role.VALUE:
                typed |= {"value": F.col("value_read"), "value_raw": F.col("value")}
    rejected = _rejected(source, table, received_on, charge)
    ids = [name for name in _IDS if name in rows.columns]
    return rows.withColumn("rejected", rejected).select(
        *ids,
        *kept,
        F.col("rejected")["code"].alias("code"),
        F.col("rejected")["field"].alias("field"),
        bits.alias("unknown"),
        F.coalesce(doubts, F.lit(False)).alias("is_doubtful"),
        _sentinels(dates).alias("sentinels"),
        *[column.alias(_no_clash(name)) for name, column in typed.items()],
    )


def _case_and_cycle(
    source: TablesSource, table: Table, charge: Sequence[str], key: IdKey
) -> dict[str, Column]:
    """case_id, null without a case number, and cycle_id: of a source without cycles the case, else the charge."""

    def part(role: str, column: str) -> Column:
        return F.col(column) if role in table.roles else F.lit(None).cast("string")

    case = part("case", "case")
    case_text = F.concat_ws("|", F.coalesce(part("county", "county_code"), F.lit("")), case)
    cycle = F.coalesce(part("cycle", "cycle"), case, text_of(*[F.col(name) for name in charge]))
    cycle_text = text_of(F.lit("cycle"), F.lit(source.name), F.col("subject"), cycle)
    return {
        "case_id": F.when(case.isNotNull(), keyed(case_text, key)),
        "cycle_id": keyed(cycle_text, key),
    }


def _sentinels(dates: Sequence[str]) -> Column:
    """How many days of a row only stand for "not known"."""
    count = F.lit(0)
    for role in dates:
        count += (F.col(role).isNotNull() & F.col(f"{role}_text").isNull()).cast("int")
    return count


def _no_clash(name: str) -> str:
    """The name of a part's column: a disposition's code is not the code of a rejected row."""
    return {"code": "event", "code_raw": "event_raw"}.get(name, name)


# --- dates -------------------------------------------------------------------------------------------------


def _day_text(text: Column, source: TablesSource) -> Column:
    """What is printed as a day; null for a day that stands for "not known"."""
    return F.when(~text.isin(list(source.date_sentinels)), text) if source.date_sentinels else text


def _earliest(text: Column, patterns: Sequence[str]) -> Column:
    """The first day of what a text prints by one of the patterns; null if by none."""
    return F.coalesce(
        *[F.when(text.rlike(shape_of_dates(pattern)), F.try_to_date(text, pattern)) for pattern in patterns]
    )


def _latest(role: str, patterns: Sequence[str]) -> Column:
    day, text = F.col(f"{role}_earliest"), F.col(f"{role}_text")
    months = [pattern for pattern in patterns if "dd" not in pattern and "MM" in pattern]
    years = [pattern for pattern in patterns if "MM" not in pattern]
    latest = day
    for shorter, last in ((months, F.last_day(day)), (years, F.make_date(F.year(day), F.lit(12), F.lit(31)))):
        for pattern in shorter:
            latest = F.when(text.rlike(shape_of_dates(pattern)), last).otherwise(latest)
    return latest


# --- codes and values --------------------------------------------------------------------------------------


def _coded(text: Column, codes: Mapping[str, tuple[str, ...]], names: Sequence[str]) -> Column:
    """The code of a text; without a map, the text itself if it is one of `names`. Null if it has none."""
    upper, single = F.upper(text), F.upper(F.regexp_replace(text, r"\s+", " "))
    if not codes:
        known = list(names)
        return F.when(upper.isin(known), upper).when(single.isin(known), single)
    pairs = [F.lit(part) for code, texts in codes.items() for each in texts for part in (spelled(each), code)]
    meanings = F.create_map(*pairs)
    return F.coalesce(F.try_element_at(meanings, upper), F.try_element_at(meanings, single))


def _values(table: Table, patterns: Sequence[str]) -> dict[str, Column]:
    """value_read: the value of a fact in the vocabulary's words, null where it cannot be read; value_flaw: a reject code."""
    text, name = F.col("value"), F.col("name_code")
    entries = {**FACTS_OF_CHARGE, **FACTS_OF_PERSON}
    named = [entries[each] for each in table.codes_of("name")]
    by_type: dict[str, list[str]] = {}
    for entry in named:
        by_type.setdefault(entry.type.value, []).append(entry.short_name)
    is_number, is_date = (name.isin(by_type.get(kind, [])) for kind in ("number", "date"))
    day = _earliest(text, patterns)
    number = F.when(text.rlike(_NUMBER), text)
    coded = (
        _coded(text, table.codes_of("value"), ()) if table.codes_of("value") else F.lit(None).cast("string")
    )
    read = F.when(is_number, number).when(is_date, F.date_format(day, "yyyy-MM-dd")).otherwise(coded)
    flaw = (
        F.when(text.isNull(), None)
        .when(is_number & number.isNull(), "Q012")
        .when(is_date & day.isNull(), "Q010")
    )
    if "unit" in table.roles:
        units = {entry.short_name: entry.unit for entry in named if entry.unit}
        if units:
            expected = F.try_element_at(
                F.create_map(*[F.lit(part) for pair in units.items() for part in pair]), name
            )
            # What is measured in another unit is another number: it is not taken for this one.
            read = F.when(expected.isNull() | F.col("unit").isNull() | (F.col("unit_code") == expected), read)
    return {"value_read": read, "value_flaw": flaw}


def _is_unknown(role: str) -> Column:
    if role == "value":
        is_flawless = F.col("value_flaw").isNull() & F.col("name_code").isNotNull()
        return F.col("value").isNotNull() & F.col("value_read").isNull() & is_flawless
    return F.col(role).isNotNull() & F.col(f"{role}_code").isNull()


# --- what is not believed ----------------------------------------------------------------------------------


def _rejected(source: TablesSource, table: Table, received_on: date, charge: Sequence[str]) -> Column:
    """Why a row cannot be believed: struct code (tables.REJECT), field; the first reason that holds."""
    reasons: list[tuple[Column, str, Column]] = [
        (has_flaw(Flaw.MALFORMED), "Q001", F.lit(None).cast("string")),
        (has_flaw(Flaw.UNPRINTABLE), "Q002", F.lit(None).cast("string")),
    ]

    def because(holds: Column, code: str, role: str) -> None:
        reasons.append((holds, code, F.lit(table.column_of(role))))

    for role in table.roles_of(Role.PERSON):
        id = "subject_id" if role == "subject" else "linked_subject_id"
        because(F.col(id).isNull(), "Q020", role)
    reasons.append((F.col("blank_key").isNotNull(), "Q020", F.col("blank_key")))
    if charge:
        is_blank = [F.col(name).isNull() for name in charge]
        some = is_blank[0]
        for each in is_blank[1:]:
            some |= each
        # Where a row may be of no charge, it is not of half a key of one.
        because(some & F.col("charge_id").isNotNull() if table.charge_is_optional else some, "Q020", "charge")
    for role in table.roles_of(Role.PAST, Role.DAY):
        because(F.col(f"{role}_text").isNotNull() & F.col(f"{role}_earliest").isNull(), "Q010", role)
    for role in table.roles_of(Role.PAST, Role.DAY):
        is_impossible = F.col(f"{role}_latest") < F.lit(source.no_date_before)
        if table.roles[role][0] is Role.PAST:
            is_impossible |= F.col(f"{role}_earliest") > F.lit(received_on)
        because(is_impossible, "Q011", role)
    for role in table.roles_of(Role.COUNT):
        because(F.col(role).isNotNull() & F.col(f"{role}_count").isNull(), "Q012", role)
    if "value" in table.roles:
        is_of_charge = F.col("name_code").isin(list(FACTS_OF_CHARGE))
        nameless = F.col("charge_id").isNull() if charge else F.lit(True)
        reasons.append(
            (is_of_charge & nameless, "Q020", F.lit(",".join(table.roles["charge"][1]) if charge else None))
        )
        for code in ("Q010", "Q012"):
            because(F.col("value_flaw") == code, code, "value")
    return F.coalesce(
        *[
            F.when(holds, F.struct(F.lit(code).alias("code"), field.alias("field")))
            for holds, code, field in reasons
        ]
    )
