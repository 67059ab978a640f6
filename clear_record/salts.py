"""Salts of people, made where there are none: random, and yet the same however often a task that writes them is repeated.

A salt is an HMAC of the person's id under a seed that one call draws, and that nothing keeps.
"""

import os
from collections.abc import Mapping
from functools import reduce
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from clear_record.ingest.ids import keyed, with_key
from clear_record.keys import IdKey
from clear_record.lake import Lake
from clear_record.roots_in_spark import of_charge
from clear_record.tables import SALT, TABLES

SEED_BYTES = 32


def add_salts(lake: Lake, rows: Mapping[str, DataFrame], seed: bytes, story: Mapping[str, Any]) -> None:
    """Give a salt to each person of these rows (by table) who has none.

    Who writes second of two that read the same version writes nothing or is Busy: the first salt of a person stays.
    """
    people = [rows[name].select("subject_id") for name in rows if TABLES[name].is_of_people]
    if "subject_link" in rows:
        people.append(rows["subject_link"].select(F.col("linked_subject_id").alias("subject_id")))
    every = reduce(DataFrame.unionByName, people).where("subject_id IS NOT NULL").distinct()
    new = every.join(lake.read("salt").select("subject_id").distinct(), "subject_id", "left_anti")
    _add(lake, new.withColumn("charge_id", F.lit(None).cast("string")), seed, story)


def add_salts_of_charges(
    lake: Lake, rows: Mapping[str, DataFrame], seed: bytes, story: Mapping[str, Any]
) -> None:
    """Give a salt of its own to each charge of these rows that has none and whose person's own salt went with a sealed charge."""
    if not lake.exists("seal"):
        return
    by_charge = lake.read("salt").where("charge_id IS NOT NULL").select("subject_id", "charge_id")
    people = F.broadcast(by_charge.select("subject_id").distinct())
    charges = [
        rows[name].select("subject_id", of_charge(TABLES[name]).alias("charge_id"))
        for name in rows
        if TABLES[name].is_of_people
    ]
    every = reduce(DataFrame.unionByName, charges).join(people, "subject_id", "left_semi").distinct()
    _add(lake, every.join(by_charge, ["subject_id", "charge_id"], "left_anti"), seed, story)


def _add(lake: Lake, new: DataFrame, seed: bytes, story: Mapping[str, Any]) -> None:
    at = lake.version("salt")
    of = F.concat_ws("|", "subject_id", "charge_id")
    # A seed makes salts as a key makes ids, and is kept in no file.
    key = IdKey((seed,), Path(os.devnull))
    salts = with_key(new, key).withColumn("salt", keyed(of, key)).select(*SALT.column_names)
    if not salts.isEmpty():
        lake.append("salt", salts, write_id="salt", sequence=at.version + 1, story=story)
