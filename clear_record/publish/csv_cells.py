"""Cells of published lists as Columns: CSV (RFC 4180) that no spreadsheet runs."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from clear_record.spreadsheet import FORMULA_STARTS

_NEEDS_QUOTES = r'[,"\r\n]'
_IS_FORMULA = "^[" + "".join(f"\\u{ord(start):04x}" for start in FORMULA_STARTS) + "]"
# The sign of nothing: alone it is no formula.
_NONE = "-"


def csv_cell(value: Column) -> Column:
    """A value as a cell; null is blank. Never null."""
    text = F.coalesce(value.cast("string"), F.lit(""))
    text = F.when((text != _NONE) & text.rlike(_IS_FORMULA), F.concat(F.lit("'"), text)).otherwise(text)
    quoted = F.concat(F.lit('"'), F.replace(text, F.lit('"'), F.lit('""')), F.lit('"'))
    return F.when(text.rlike(_NEEDS_QUOTES), quoted).otherwise(text)
