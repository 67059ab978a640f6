"""One delivery into the lake: all files of one call, or nothing of them.

The record tables and the vault are written first and the `delivery` row last: without it, nothing of the delivery is seen.
"""

import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from pyspark.sql import DataFrame, Observation, Row, SparkSession
from pyspark.sql import functions as F
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table as TextTable
from rich.text import Text

from clear_record.errors import Busy, ClearRecordError, InputRefused, NeedsOverride
from clear_record.ingest.beside import check_gone
from clear_record.ingest.earlier import check_key
from clear_record.ingest.extract import ExtractDelivery
from clear_record.ingest.files import content_id, delivery_id
from clear_record.ingest.reader import Opened
from clear_record.ingest.source import Delivering, Source
from clear_record.ingest.tables.delivery import open_tables
from clear_record.ingest.tables.source import TablesSource
from clear_record.keys import IdKey
from clear_record.lake import Lake
from clear_record.roots import ContentRoot, commit_sha256
from clear_record.roots_in_spark import content_roots
from clear_record.salts import SEED_BYTES, add_salts, add_salts_of_charges
from clear_record.spark import Keep, kept, small_table
from clear_record.tables import RECORD_TABLES, SALT, TABLES
from clear_record.vault.keeping import keep_identities, said_anew
from clear_record.vault.place import made_vault


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a delivery: its id, whether this call wrote it, its row of `delivery`, the key that made its ids, and the root of the
    vault that keeps its names (None: its files do)."""

    delivery_id: str
    is_new: bool
    row: Row
    rejected_by_code: Mapping[str, int]
    key: IdKey
    vault: str | None

    def as_dict(self) -> dict[str, Any]:
        row = self.row.asDict(recursive=True)
        return {
            "delivery_id": self.delivery_id,
            "is_new": self.is_new,
            **{name: row[name] for name in row if name not in ("delivery_id", "received_on", "outputs")},
            "received_on": row["received_on"].isoformat(),
            "content_roots": {each["table_name"]: each["content_root"] for each in row["outputs"]},
            "rejected_by_code": dict(self.rejected_by_code),
            "id_key_file": str(self.key.path),
            "vault": self.vault,
        }

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        row = self.row
        yield (
            f"Delivery {self.delivery_id}"
            if self.is_new
            else f"Delivery {self.delivery_id} was here before; nothing was added"
        )
        table = TextTable(box=None, show_header=False, pad_edge=False)
        table.add_column()
        table.add_column(justify="right")
        table.add_row("files", f"{len(row['files']):,}")
        for name in ("read", "accepted", "collapsed", "rejected"):
            table.add_row(f"rows {name}", f"{row[f'rows_{name}_count']:,}")
        for code, count in sorted(self.rejected_by_code.items()):
            table.add_row(f"  rejected {code}", f"{count:,}")
        for name, count in sorted(row["control_totals"].items()):
            if count:
                table.add_row(name.replace("_", " "), f"{count:,}")
        yield table
        if self.vault is not None:
            yield Text(
                f"Names and numbers were put into the vault {self.vault}. Keep it, apart from the lake."
            )
        if self.key.is_new:
            yield f"A new key of person ids was made: {self.key.path}. Keep it: without it the same people get other ids."


def ingest(
    lake: Lake,
    source: Source | TablesSource,
    inputs: Sequence[str],
    key: IdKey,
    received_on: date,
    *,
    allow_unreadable: int = 0,
    allow_gone: int = 0,
    by: str | None = None,
    vault: str | None = None,
    salt_seed: bytes | None = None,
) -> Delivered:
    """Read the files and tables of `inputs` into the record tables, and of tables the identities into the vault.

    `received_on` is the day on which the delivery came: nothing in it happened later. Rejected rows whose person cannot be
    read hold the delivery above `allow_unreadable`, and records of a kind that are not there any more above what the source allows or
    `allow_gone`; both are logged with the name in `by`. `vault` is the root of the vault, beside the lake if None; an extract needs none. `salt_seed` makes the salts of new people the same again, where two lakes are to be compared;
    without it they are random. What was sealed is left out. Raises InputRefused for files that are not of the source and for a key
    that is not the lake's, and for whole people of an older day than the source's last; NeedsOverride for too many unreadable rows or
    records that are gone, Busy where another job writes; nothing is visible then.
    """
    if (allow_unreadable or allow_gone) and not by:
        raise InputRefused(
            "--allow-unreadable and --allow-gone need --by NAME: it is kept with the delivery who allowed it"
        )
    check_key(lake, key)
    spark = lake.spark
    lake.check_no_seal_under_way()
    seals_count = len(lake.seals)
    opened_vault = made_vault(lake, vault) if isinstance(source, TablesSource) else None
    with ExitStack() as stack:
        keep = partial(kept, stack)
        opened = _open(spark, source, inputs, key, received_on, keep)
        earlier = _earlier(lake)
        before = [each for each in earlier if each["source"] == source.name]
        same = _same_content(source, before, opened.content_id)
        if same is not None:
            return _delivered(lake, same, key, opened_vault, is_new=False)
        _check_order(source, before, received_on)
        last = before[-1]["delivery_id"] if before else None
        id = delivery_id(opened.content_id, received_on, last)
        records, gone_count = opened.read(id), 0
        unreadable = records.unreadable_count()
        if unreadable > allow_unreadable:
            raise NeedsOverride(
                f"{unreadable} rejected rows do not say whose they are, so anyone's record may be incomplete; "
                f"correct the files, or accept it with --allow-unreadable {unreadable} --by NAME"
            )
        if earlier:
            records = records.beside(lake, keep)
            gone_count = check_gone(source, records.gone(), allow_gone)
        totals = records.totals()
        if sum(totals) != records.rows_read_count:
            raise ClearRecordError(
                f"{records.rows_read_count} rows were read, but {sum(totals)} are accounted for; nothing was written"
            )
        lake.create((*RECORD_TABLES, SALT))
        if len(_earlier(lake)) != len(earlier):
            raise Busy(
                "another delivery was committed while this one was read; run this one again, which reads it beside that"
            )
        row_counts = {
            "rows_read_count": records.rows_read_count,
            **{f"rows_{name}_count": count for name, count in totals._asdict().items()},
        }
        story = {
            "job": "ingest",
            "delivery_id": id,
            "source": source.name,
            "received_on": received_on.isoformat(),
            **row_counts,
        }
        roots = write_records(
            lake,
            id,
            records.tables(),
            story,
            write_id=id,
            salt_seed=salt_seed or secrets.token_bytes(SEED_BYTES),
        )
        if opened_vault is not None:
            named = records.identities()
            if earlier and source.deliveries != "changes":
                # The others bring everybody again, and again.
                named = said_anew(
                    opened_vault, named, lake.read("delivery").select("delivery_id", "received_on")
                )
            keep_identities(opened_vault, id, {name: keep(rows) for name, rows in named.items()}, story)
        counts = {name: root.rows_count for name, root in roots.items()}
        row: dict[str, Any] = {
            "delivery_id": id,
            "position": len(earlier) + 1,
            "source": source.name,
            "files": [file.asDict() for file in records.files()],
            **row_counts,
            "control_totals": {**counts, **_withdrawn(lake, id), **records.control_totals()},
            "id_key": key.fingerprint,
            "rotation": None,
            "overrides": [
                f"{option} {allowed}, {used} used, by {by}"
                for option, allowed, used in (
                    ("--allow-unreadable", allow_unreadable, unreadable),
                    ("--allow-gone", allow_gone, gone_count),
                )
                if allowed and used
            ],
            "received_on": received_on,
            "outputs": [root.output(TABLES[name]) for name, root in sorted(roots.items())],
        }
    if len(lake.seals) != seals_count:
        raise Busy(
            "charges were sealed while the delivery was read; seal them once more, and run this one again"
        )
    row["row_sha256"] = commit_sha256(TABLES["delivery"], row)
    lake.append(
        "delivery",
        small_table(spark, [row], TABLES["delivery"].ddl),
        write_id="delivery",
        sequence=row["position"],
        story=story,
    )
    written = next((each for each in _earlier(lake) if each["delivery_id"] == id), None)
    if written is None:
        raise Busy(
            "another delivery was committed at the same moment; run this one again, which reads it beside that"
        )
    return _delivered(lake, written, key, opened_vault, is_new=True)


def _earlier(lake: Lake) -> list[Row]:
    """The deliveries of the lake in their order."""
    return lake.read("delivery").orderBy("position").collect() if lake.exists("delivery") else []


def _same_content(source: Delivering, before: Sequence[Row], content: str) -> Row | None:
    """The delivery that this one repeats: any earlier one of a source that adds, else the last, since what was corrected can be put back."""
    for each in before if source.deliveries == "additions" else before[-1:]:
        if content_id(source.name, [file["sha256"] for file in each["files"]]) == content:
            return each
    return None


def _check_order(source: Delivering, before: Sequence[Row], received_on: date) -> None:
    """Refuse whole people of an older day than those that are there: what is newer would be corrected back. Raises InputRefused."""
    if source.deliveries != "additions" and before and received_on < before[-1]["received_on"]:
        raise InputRefused(
            f"the delivery was received on {received_on}, and the last of source [{source.name}] on {before[-1]['received_on']}: it would correct "
            "newer records by older ones; deliver in order, or give the day on which this one came with --received-on"
        )


def _open(
    spark: SparkSession,
    source: Source | TablesSource,
    inputs: Sequence[str],
    key: IdKey,
    received_on: date,
    keep: Keep,
) -> Opened:
    """The delivery by the reader of its kind of source."""
    if isinstance(source, TablesSource):
        return open_tables(spark, source, inputs, key, received_on, keep)
    return ExtractDelivery(spark, source, inputs, key, received_on, keep)


def write_records(
    lake: Lake,
    id: str,
    tables: Mapping[str, DataFrame],
    story: Mapping[str, Any],
    *,
    write_id: str,
    salt_seed: bytes,
) -> dict[str, ContentRoot]:
    """Append what a delivery (its id) has of each table, give its new people salts, and read back what is there now; the roots by table."""

    def write(name: str) -> tuple[str, int]:
        observed = Observation(f"rows_of_{name}")
        rows = tables[name].observe(observed, F.count(F.lit(1)).alias("count"))
        if lake.has_written(name, write_id):
            # An attempt was stopped before the delivery's row: what is observed of these rows is computed all the same.
            rows.write.format("noop").mode("overwrite").save()
        else:
            lake.append(name, rows, write_id=write_id, story=story)
        return name, observed.get["count"]

    with ThreadPoolExecutor(2) as pool:
        written = dict(pool.map(write, tables))
    there = {name: lake.read(name).where(F.col("delivery_id") == id) for name in tables}
    add_salts(lake, there, salt_seed, story)
    add_salts_of_charges(lake, there, salt_seed, story)
    found = content_roots(there, lake.read("salt"))
    for name, count in written.items():
        if found[name].rows_count != count:
            raise ClearRecordError(
                f"{count} rows of table [{name}] were to be written, {found[name].rows_count} are there"
            )
    return found


def _withdrawn(lake: Lake, id: str) -> dict[str, int]:
    """How many records a delivery corrected, and how many it withdrew, by table."""
    rows = lake.read("withdrawal").where(F.col("delivery_id") == id).groupBy("kind", "table_name").count()
    return {f"{row['kind']}:{row['table_name']}": row["count"] for row in rows.collect()}


def _delivered(lake: Lake, row: Row, key: IdKey, vault: Lake | None, *, is_new: bool) -> Delivered:
    rejected = (
        lake.read("reject")
        .where(F.col("delivery_id") == row["delivery_id"])
        .groupBy("code")
        .count()
        .collect()
    )
    by_code = {each["code"]: each["count"] for each in rejected}
    return Delivered(row["delivery_id"], is_new, row, by_code, key, None if vault is None else vault.root)
