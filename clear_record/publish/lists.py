"""Writes the lists of a run: delivered rows and determinations brought together, file by file."""

import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from clear_record.publish.added_columns import as_csv, with_case
from clear_record.publish.delivered import Delivered
from clear_record.publish.extract import Places, extract
from clear_record.publish.folder import Aside
from clear_record.publish.layout import LISTS, WITHOUT_COUNTY_RESULTS
from clear_record.publish.merge import Merged, merge
from clear_record.publish.rows import Part
from clear_record.spark import small_table

# Below this a process of its own costs more than it saves.
_BYTES_WORTH_A_POOL = 32 << 20
_COPIED_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A delivered file, its parts, where the cells stand that are taken from it, and the folder of its lists."""

    delivered: Delivered
    parts: Sequence[Part]
    places: Places
    folder: str


def folder_names(names: Sequence[str]) -> list[str]:
    """A folder for each delivered file: none for the only one, else its name without suffixes, numbered where it repeats."""
    if len(names) == 1:
        return ["."]
    stems = [name.split(".")[0] or name for name in names]
    folders: list[str] = []
    for stem in stems:
        number, folder = 1, stem
        while folder.lower() in {each.lower() for each in folders}:
            number += 1
            folder = f"{stem}-{number}"
        folders.append(folder)
    return folders


def write_lists(decided: DataFrame, files: Sequence[ListedFile], aside: Aside) -> list[Merged]:
    """Write the lists of each file into `aside.lists`.

    `decided` is one row a decided charge: delivery_id, file, line, charge_id, offense_section, offense_subdivisions,
    convictions_count, record_csv, is_with_county.
    """
    parts = [(at, number, part) for at, file in enumerate(files) for number, part in enumerate(file.parts)]
    rows, determined = aside.scratch / "rows", aside.scratch / "determined"
    rows.mkdir()
    with _workers([part for _, _, part in parts]) as run:
        run(
            extract,
            [(part, files[at].places, rows / f"{at}-{number}", b"%d" % at) for at, number, part in parts],
        )
        _write_determinations(decided, files, rows, determined)
        shutil.rmtree(rows)
        outs = [
            aside.lists / files[at].folder if number == 0 else aside.scratch / f"{at}-{number}"
            for at, number, _ in parts
        ]
        given = [sorted((determined / f"at={at}").glob("part-*")) for at, _, _ in parts]
        merged = run(
            merge, [(part, paths, out) for (_, _, part), paths, out in zip(parts, given, outs, strict=True)]
        )
    for (at, number, _), out in zip(parts, outs, strict=True):
        if number:
            _append(out, aside.lists / files[at].folder)
    for at, file in enumerate(files):
        if not sum(
            done.without_county_count for (its, _, _), done in zip(parts, merged, strict=True) if its == at
        ):
            (aside.lists / file.folder / WITHOUT_COUNTY_RESULTS).unlink()
    return merged


def _write_determinations(decided: DataFrame, files: Sequence[ListedFile], rows: Path, out: Path) -> None:
    """Write what `merge` reads: for each file (`at=<its place>`) several texts, each sorted by line."""
    spark = decided.sparkSession
    places = [(at, file.delivered.delivery_id, file.delivered.position) for at, file in enumerate(files)]
    at_file = F.broadcast(small_table(spark, places, "at int, delivery_id string, file int"))
    placed = decided.join(at_file, ["delivery_id", "file"]).drop("delivery_id", "file")
    text = F.concat_ws(
        "\t", F.col("line").cast("string"), F.col("is_with_county").cast("int").cast("string"), as_csv()
    )
    (
        with_case(placed, _delivered_rows(spark, rows))
        .select("at", "line", text.alias("text"))
        .sortWithinPartitions("at", "line")
        .select("at", "text")
        .write.partitionBy("at")
        .text(out.absolute().as_uri())
    )


def _delivered_rows(spark: SparkSession, rows: Path) -> DataFrame:
    """What `extract` wrote."""
    cells = F.split("value", "\t", -1)
    return spark.read.text(rows.absolute().as_uri()).select(
        cells[0].cast("int").alias("at"),
        cells[1].cast("bigint").alias("line"),
        *[
            cells[place].alias(name)
            for place, name in enumerate(("subject", "count", "case_number", "comment"), start=2)
        ],
        F.filter(F.split(cells[6], " "), lambda each: each != "").alias("named"),
    )


@contextmanager
def _workers(
    parts: Sequence[Part],
) -> Iterator[Callable[[Callable[..., Any], Sequence[tuple[Any, ...]]], list[Any]]]:
    """Runs a function over arguments, in processes where the files are large: no more than there are cores."""
    if sum(path.stat().st_size for path in {part.file for part in parts}) < _BYTES_WORTH_A_POOL:
        yield lambda function, arguments: [function(*each) for each in arguments]
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # A fork of this process would hold the JVM's connections.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(cores, len(parts)), mp_context=context) as pool:
        yield lambda function, arguments: [
            each.result() for each in [pool.submit(function, *args) for args in arguments]
        ]


def _append(part: Path, whole: Path) -> None:
    """Append the lists of a part to those of the parts before it."""
    for name in LISTS:
        with (whole / name).open("ab") as target, (part / name).open("rb") as more:
            shutil.copyfileobj(more, target, _COPIED_BYTES)
    shutil.rmtree(part)
