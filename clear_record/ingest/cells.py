"""From a line to its cells: one CSV parse, the cells that play a part, and what is wrong with the line as a whole."""

import re
from collections.abc import Iterable
from enum import IntFlag, auto
from itertools import product

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from clear_record.ingest.source import Layout, Source
from clear_record.law.offenses import SEE_COMMENT

# No row of a record is longer, and one that is must not be cut into millions of fields.
_LONGEST_ROW_BYTES = 100_000
_MALFORMED = "_malformed"
# What no person types: controls but for blanks, marks of text direction, and characters without width.
_UNPRINTABLE = "[\\x00-\\x08\\x0E-\\x1F\\x7F-\\x9F\\u200B-\\u200F\\u202A-\\u202E\\u2060-\\u2069\\uFEFF]"
# Blanks that are trimmed as the plain one is.
_ODD_BLANKS = "\t\v\f\u00a0"
# What an offense and its grade are printed in; of these one text and one grade are left.
_OFFENSES = ("charged", "disposed", "convicted", "comment")
_GRADES = ("charged_grade", "disposed_grade", "convicted_grade")


class Flaw(IntFlag):
    """What a line is, or is not, as a whole: the bits of `flaws`."""

    BLANK = auto()
    HEADER = auto()
    MALFORMED = auto()
    TORN = auto()
    OPEN_QUOTE = auto()
    UNDECODABLE = auto()
    NUL = auto()
    UNPRINTABLE = auto()


def has_flaw(flaw: Flaw) -> Column:
    """Whether a row of `cells_of` has a flaw."""
    return F.col("flaws").bitwiseAND(int(flaw)) != 0


def cells_of(lines: DataFrame, source: Source) -> DataFrame:
    """The lines (`reading.lines_of`) with their cells in place of their text, trimmed and null where they say nothing, by role.

    Adds flaws (int, bits of `Flaw`), header (string, the text of a line that may be one), the hashes (bigint) of the whole row
    and of its key, the roles but for those of offenses, the texts that say what was charged and what the offense is (charged,
    offense: string; charged_is_comment, offense_is_comment: boolean), and the grade beside the latter (offense_grade).
    """
    lines = cut(lines, source)
    roles = {role: _cell(source, role) for role in type(source.roles).model_fields}
    charged = _offense_text(roles["charged"], roles["comment"], blank_is_comment=True)
    offense = F.coalesce(
        _offense_text(roles["convicted"], roles["comment"], blank_is_comment=False),
        _offense_text(roles["disposed"], roles["comment"], blank_is_comment=False),
        charged,
    )
    key = [F.trim(F.col("row")[name]) for name in source.key]
    return lines.select(
        *whole_of(lines, source),
        F.xxhash64("text").alias("content_hash"),
        F.xxhash64(*key).alias("key_hash"),
        *[cell.alias(role) for role, cell in roles.items() if role not in (*_OFFENSES, *_GRADES)],
        charged["text"].alias("charged"),
        charged["is_comment"].alias("charged_is_comment"),
        offense["text"].alias("offense"),
        offense["is_comment"].alias("offense_is_comment"),
        F.when(roles["convicted"].isNotNull(), roles["convicted_grade"])
        .when(roles["disposed"].isNotNull(), roles["disposed_grade"])
        .otherwise(roles["charged_grade"])
        .alias("offense_grade"),
    )


def cut(lines: DataFrame, layout: Layout) -> DataFrame:
    """The lines with `row`, a struct of the layout's columns as texts, beside their text (and `is_plain`, for `whole_of`)."""
    return lines.withColumn("is_plain", _is_plain(F.col("text"))).withColumn("row", _parsed(layout))


def whole_of(lines: DataFrame, layout: Layout) -> list[Column]:
    """What is kept of a cut line beside its cells: where it stands, flaws (int, bits of `Flaw`) and header (string)."""
    flaws = _flaws(layout)
    is_header = flaws.bitwiseAND(int(Flaw.HEADER)) != 0
    return [
        *[F.col(name) for name in lines.columns if name not in ("text", "row", "is_plain")],
        flaws.alias("flaws"),
        F.when(is_header, F.col("text")).alias("header"),
    ]


def _parsed(source: Layout) -> Column:
    """The fields of a row as a struct (RFC 4180), with `_MALFORMED` where it has another number of them."""
    text = F.col("text")
    text = F.when(F.col("is_plain"), text).otherwise(F.translate(text, _ODD_BLANKS, " " * len(_ODD_BLANKS)))
    names = ", ".join(f"`{name}` string" for name in (*source.columns, _MALFORMED))
    options = {
        "sep": source.delimiter,
        "escape": '"',
        "mode": "PERMISSIVE",
        "columnNameOfCorruptRecord": _MALFORMED,
        "maxColumns": str(_LONGEST_ROW_BYTES + 1),
    }
    return F.when(F.octet_length(text) <= _LONGEST_ROW_BYTES, F.from_csv(text, names, options))


def _cell(source: Source, role: str) -> Column:
    """The trimmed text of a role's column; null for blanks and fillers."""
    return said(F.col("row")[getattr(source.roles, role)], source.fillers)


def said(cell: Column, fillers: Iterable[str]) -> Column:
    """The trimmed text of a cell; null for blanks and fillers."""
    text = F.trim(cell)
    spelled = {spelling for filler in fillers for spelling in _spellings(filler)}
    return F.when(~text.isin(["", *sorted(spelled)]), text)


def _spellings(filler: str) -> Iterable[str]:
    """A filler in every mix of upper and lower case: a look-up costs less than changing the case of each cell."""
    return map("".join, product(*({letter.lower(), letter.upper()} for letter in filler)))


def _offense_text(text: Column, comment: Column, *, blank_is_comment: bool) -> Column:
    """What says an offense, and whether that is the comment (docs/formats): `SEE COMMENT FOR CHARGE`, and a blank charge."""
    points = (F.upper(F.substring(text, 1, 3)) == "SEE") & text.rlike(f"(?i)^{SEE_COMMENT}")
    is_comment = comment.isNotNull() & (points | text.isNull() if blank_is_comment else points)
    return F.when(is_comment, _text(comment, is_comment=True)).when(
        text.isNotNull(), _text(text, is_comment=False)
    )


def _text(text: Column, *, is_comment: bool) -> Column:
    return F.struct(text.alias("text"), F.lit(is_comment).alias("is_comment"))


# --- the line as a whole -----------------------------------------------------------------------------------


def _flaws(source: Layout) -> Column:
    text = F.col("text")
    is_malformed = F.col("row").isNull() | F.col("row")[_MALFORMED].isNotNull()
    of_malformed = {
        Flaw.MALFORMED: F.lit(True),
        Flaw.TORN: text.contains("\n"),
        Flaw.OPEN_QUOTE: _is_left_open(source, text),
    }
    of_odd = {
        Flaw.UNDECODABLE: ~F.is_valid_utf8(text),
        Flaw.NUL: text.contains("\0"),
        Flaw.UNPRINTABLE: is_unprintable(text),
    }
    flaws = (
        F.when(F.trim(text) == "", int(Flaw.BLANK))
        .otherwise(F.when(is_malformed, _bits(of_malformed)).otherwise(0))
        .bitwiseOR(F.when(F.col("is_plain"), 0).otherwise(_bits(of_odd)))
    )
    return flaws.bitwiseOR(F.when(_is_header(source), int(Flaw.HEADER)).otherwise(0))


def _bits(flaws: dict[Flaw, Column]) -> Column:
    bits = F.lit(0)
    for flaw, holds in flaws.items():
        bits = bits.bitwiseOR(F.when(holds, int(flaw)).otherwise(0))
    return bits


def _is_header(source: Layout) -> Column:
    text = F.col("text")
    if source.header_line is not None:
        return (F.col("block") == 0) & (text == source.header_line)
    starts_as_header = F.upper(F.substring(text, 1, len(source.header) + 2)).rlike(
        f'^"?{re.escape(source.header.upper())}\\b'
    )
    # A header whose first column was moved or renamed still names the person's.
    subject = source.person_column
    return (F.col("block") == 0) & (
        starts_as_header | text.contains(subject.upper()) | text.contains(subject.lower())
    )


def quotes(text: Column) -> Column:
    """How many quotes a text holds."""
    return F.when(
        text.contains('"'), F.length(text) - F.length(F.replace(text, F.lit('"'), F.lit("")))
    ).otherwise(0)


def _is_left_open(source: Layout, text: Column) -> Column:
    """Whether a line begins or ends within a quoted field. A quote in the middle of a plain field opens nothing."""
    opens = text.rlike(f'(?:^|{re.escape(source.delimiter)})"[^"]*+(?:""[^"]*+)*+$')
    has_opening_quote = text.contains(f'{source.delimiter}"') | text.startswith('"')
    return (quotes(text) % 2 == 1) & (opens | ~has_opening_quote)


def is_unprintable(text: Column) -> Column:
    """Whether a text holds what no person types."""
    return text.rlike(_UNPRINTABLE)


def _is_plain(text: Column) -> Column:
    """Whether a row is printable ASCII throughout, as nearly all are: the quick answer to what else it may hold."""
    return text.rlike("^[ -~]*+$")
