"""How the rows of people and charges name them: the rows that the vault keeps, and that go nowhere else."""

from collections.abc import Iterable

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from clear_record.ingest.tables.source import Charges, People
from clear_record.tables import CHARGE_IDENTITY, IDENTITY, Table

# Of a row whose fields cannot be told apart nothing is believed, not even whose it is.
_UNREADABLE = ("Q001", "Q002")


def of_people(table: People, people: DataFrame, charges: DataFrame, delivery_id: str) -> DataFrame:
    """The rows of `identity` from the typed rows of people and charges: one for each person whom a row names.

    Whom a rejected row is about is held, and has to be looked up: so the row names the person all the same.
    """
    is_readable = F.col("subject_id").isNotNull() & ~F.coalesce(
        F.col("code").isin(*_UNREADABLE), F.lit(False)
    )
    of_rows = people.where(is_readable).select("subject_id", "person_number", "parts")
    only_charged = charges.where(is_readable).select("subject_id", "person_number")
    rows = of_rows.unionByName(only_charged, allowMissingColumns=True)
    named = rows.groupBy("subject_id").agg(
        F.min("person_number").alias("person_number"), _parts(table.identity).alias("parts")
    )
    return _of_contract(named, IDENTITY, delivery_id)


def of_charges(table: Charges, charges: DataFrame, delivery_id: str) -> DataFrame:
    """The rows of `charge_identity` from the typed rows of charges: one for each charge that is believed."""
    case = F.col("case") if "case" in table.roles else F.lit(None).cast("string")
    named = (
        charges.where(F.col("code").isNull())
        .groupBy("subject_id", "charge_id")
        .agg(
            F.min("charge_key").alias("charge_key"),
            _together(case).alias("case_number"),
            _parts(table.identity).alias("parts"),
        )
    )
    return _of_contract(named, CHARGE_IDENTITY, delivery_id)


def _parts(names: Iterable[str]) -> Column:
    """What the rows print of each part; a part of which they print nothing is left out."""
    pairs = [each for name in names for each in (F.lit(name), _together(F.col("parts")[name]))]
    return F.map_filter(F.create_map(*pairs).cast("map<string, string>"), lambda _, value: value.isNotNull())


def _together(text: Column) -> Column:
    """The different texts of a group, in their order; null of none."""
    return F.nullif(F.array_join(F.array_sort(F.collect_set(text)), "; "), F.lit(""))


def _of_contract(rows: DataFrame, contract: Table, delivery_id: str) -> DataFrame:
    return rows.withColumn("delivery_id", F.lit(delivery_id)).select(*contract.column_names)
