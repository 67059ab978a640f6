"""The salts of people of whom a charge was sealed: their own goes, and those of the rows that are left stand in its place."""

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from clear_record.lake import Lake
from clear_record.roots_in_spark import of_charge, row_salt
from clear_record.seal.going import SALTED, Going, ids_table
from clear_record.seal.removal import take_out
from clear_record.tables import SALT


def puncture(lake: Lake, going: Going, people: Sequence[str], story: Mapping[str, Any]) -> None:
    """Take the salts of sealed rows out of `salt`, in one commit: nothing that is left there, nor what follows from it, is theirs.

    `people` are all whose rows go, those in `going` with all of them.
    """
    of_people = F.broadcast(ids_table(lake, "subject_id", people))
    salts = lake.read("salt").join(of_people, "subject_id", "left_semi")
    is_own = F.col("charge_id").isNull()
    goes = [
        salts.where(is_own),
        salts.join(F.broadcast(going.ids("charge_id")), "charge_id", "left_semi"),
        salts.join(F.broadcast(going.ids("subject_id")), "subject_id", "left_semi"),
    ]
    # One row may go for several reasons, and a merge takes each once.
    keys = reduce(DataFrame.unionByName, [each.select(*SALT.key) for each in goes]).distinct()
    own = salts.where(is_own).select("subject_id", "salt")
    left = _charges_left(lake, going, of_people).join(own, "subject_id")
    instead = left.select(
        "subject_id", "charge_id", row_salt(F.col("salt"), F.col("charge_id")).alias("salt")
    )
    if not keys.isEmpty():
        take_out(lake, SALT.name, keys, story, instead)


def _charges_left(lake: Lake, going: Going, of_people: DataFrame) -> DataFrame:
    """subject_id and charge_id (empty: rows of no charge) of what is left of these people, in all tables whose rows have salts."""
    rows = [
        lake.read(table.name).select("subject_id", of_charge(table).alias("charge_id"))
        for table in SALTED
        if lake.exists(table.name)
    ]
    links = lake.read("subject_link").select(
        F.col("linked_subject_id").alias("subject_id"), F.lit("").alias("charge_id")
    )
    left = reduce(DataFrame.unionByName, [*rows, links]).join(of_people, "subject_id", "left_semi")
    for column in ("charge_id", "subject_id"):
        left = left.join(F.broadcast(going.ids(column)), column, "left_anti")
    return left.select("subject_id", "charge_id").distinct()
