"""What a delivery's texts say: each different offense and disposition is read once, on the driver, and joined back.

The readers of the law are Python and must not run per record; a state's extract has millions of rows and some thousands of
different texts.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from clear_record.errors import InputRefused
from clear_record.ingest.source import DispositionRule, Source
from clear_record.law.offenses import Offense, find_in_comment, parse_offense
from clear_record.spark import small_table

# Above this a column does not hold what the source says, or the driver needs another design.
TEXTS_LIMIT = 1_000_000

DISPOSITION_CODES = (
    "convicted", "adjudicated", "dismissed", "acquitted", "set_aside", "reduced", "resentenced", "diverted", "released",
    "revoked", "unknown",
)  # fmt: skip
UNKNOWN = "unknown"

_OFFENSES = (
    "text string, is_comment boolean, offense_no int, same_as bigint, code string, section string, subdivisions string, "
    "attempt boolean, conspiracy boolean, is_readable boolean, raw string"
)
_DISPOSITIONS = "text string, codes int, under string, grade_after string"


def code_bit(code: str) -> int:
    """The bit of a disposition code in `codes`."""
    return 1 << DISPOSITION_CODES.index(code)


def bits_of(codes: Iterable[str]) -> int:
    """The bits of several disposition codes."""
    return sum(code_bit(code) for code in codes)


@dataclass(frozen=True, slots=True)
class Texts:
    """The different texts of a delivery: offenses, each with whether it is a comment, and dispositions."""

    offenses: frozenset[tuple[str, bool]]
    dispositions: frozenset[str]


def distinct_texts(cells: DataFrame) -> Texts:
    """The texts of the rows of `cells.cells_of`."""
    offense = F.struct(F.col("offense").alias("text"), F.col("offense_is_comment").alias("is_comment"))
    charged = F.struct(F.col("charged").alias("text"), F.col("charged_is_comment").alias("is_comment"))
    said = cells.groupBy(F.spark_partition_id()).agg(
        F.collect_set(offense).alias("offense"),
        F.collect_set(charged).alias("charged"),
        F.collect_set("disposition").alias("disposition"),
    )
    rows = said.collect()
    offenses = {
        tuple(each)
        for row in rows
        for name in ("offense", "charged")
        for each in row[name]
        if each[0] is not None
    }
    return Texts(frozenset(offenses), frozenset(text for row in rows for text in row["disposition"]))


def read_offenses(
    spark: SparkSession, texts: Iterable[tuple[str, bool]], printed_as: str = "CA"
) -> DataFrame:
    """The offenses of texts, each with whether it is a comment, as the state `printed_as` prints them.

    Gives text, is_comment, offense_no (int, of the text), same_as (bigint, alike for texts that are the same offense, in every
    delivery), code, section, subdivisions, attempt, conspiracy, is_readable and raw. A comment's raw text is only what names the offense: the
    rest can name a person. Raises InputRefused above `TEXTS_LIMIT` texts.
    """
    distinct = sorted(set(texts))
    _check_limit(distinct, "offense")
    rows = []
    for number, (text, is_comment) in enumerate(distinct):
        offense = _offense(text, is_comment, printed_as)
        rows.append(
            (
                text, is_comment, number, _identity(offense), offense.code, offense.section,
                offense.subdivisions, offense.attempt, offense.conspiracy, offense.readable,
                offense.printed if is_comment else text,
            )
        )  # fmt: skip
    return small_table(spark, rows, _OFFENSES)


def _offense(text: str, is_comment: bool, printed_as: str) -> Offense:
    """The one offense that a text names. A comment that names none or several is not readable."""
    if not is_comment:
        return parse_offense(text, printed_as) or Offense(None, None, "", False, False, "", readable=False)
    named = find_in_comment(text)
    if len(named) == 1:
        return named[0]
    return Offense(None, None, "", False, False, "; ".join(each.printed for each in named), readable=False)


def _identity(offense: Offense) -> int:
    """64 bits of a hash of what makes an offense the same: what was read of it, or its text where no section was."""
    parts: tuple[object, ...] = (
        offense.code,
        offense.section,
        offense.subdivisions,
        offense.attempt,
        offense.conspiracy,
    )
    identity = repr(parts if offense.section is not None else offense.printed.upper())
    return int.from_bytes(hashlib.sha256(identity.encode()).digest()[:8], signed=True)


class DispositionReading(NamedTuple):
    """What a disposition text says: codes (bits), the statute under which, and the grade from then on."""

    codes: int
    under: str | None = None
    grade_after: str | None = None


def read_disposition(text: str, rules: Sequence[DispositionRule]) -> DispositionReading:
    """What a disposition text says by the first rule that fits; code `unknown` if none does."""
    line = " ".join(text.upper().split())
    for rule in rules:
        if re.search(rule.pattern, line):
            found = re.search(rule.under, line) if rule.under else None
            return DispositionReading(bits_of(rule.codes), found[1] if found else None, rule.grade_after)
    return DispositionReading(code_bit(UNKNOWN))


def read_dispositions(spark: SparkSession, source: Source, texts: Iterable[str]) -> DataFrame:
    """The dispositions of printed texts: text, codes (int, bits of `code_bit`), under and grade_after."""
    distinct = sorted(set(texts))
    _check_limit(distinct, "disposition")
    rows = [(text, *read_disposition(text, source.dispositions)) for text in distinct]
    return small_table(spark, rows, _DISPOSITIONS)


def _check_limit(texts: Sequence[Any], kind: str) -> None:
    if len(texts) > TEXTS_LIMIT:
        raise InputRefused(
            f"the delivery has {len(texts)} different {kind} texts, more than {TEXTS_LIMIT}: the columns are not those of the source"
        )


def with_offense(rows: DataFrame, offenses: DataFrame, number: str, prefix: str) -> DataFrame:
    """The rows with the offense of column `number` as `<prefix>_code`, `_section` and so on; null where it is null."""
    parts = ("code", "section", "subdivisions", "attempt", "conspiracy", "is_readable", "raw")
    read = offenses.select(
        F.col("offense_no").alias(number), *[F.col(part).alias(f"{prefix}_{part}") for part in parts]
    )
    return rows.join(F.broadcast(read), number, "left")
