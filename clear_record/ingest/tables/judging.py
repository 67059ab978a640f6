"""Which rows of a table are believed: copies collapse, and of rows that contradict each other under one key none is."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from clear_record.ingest.tables.source import TableName


def judged(rows: DataFrame, holds: TableName) -> DataFrame:
    """The typed rows of a table with is_accepted and is_copy (boolean), and Q030 as the code of rows in contradiction.

    Rows that say the same are one row, the one that stands first; rows of a key that say different things are all rejected. Of
    people every different row is accepted: what they say together is for a rule to decide.
    """
    by = {"people": ("subject_id", "content_hash"), "charges": ("subject_id", "charge_id")}.get(
        holds, tuple(name for name in ("subject_id", "charge_id", "key_hash") if name in rows.columns)
    )
    same = Window.partitionBy(*by)
    is_believed = F.col("code").isNull()
    place = F.struct("file", "line", "twin")
    rows = rows.withColumns(
        {
            "least_content": F.min(F.when(is_believed, F.col("content_hash"))).over(same),
            "most_content": F.max(F.when(is_believed, F.col("content_hash"))).over(same),
            "first_place": F.min(F.when(is_believed, place)).over(same),
        }
    )
    is_contradicted = F.col("least_content") != F.col("most_content")
    is_first = F.col("first_place") == place
    return rows.withColumns(
        {
            "is_accepted": is_believed & ~is_contradicted & is_first,
            "is_copy": is_believed & ~is_contradicted & ~is_first,
            "code": F.when(is_believed & is_contradicted, "Q030").otherwise(F.col("code")),
        }
    ).drop("least_content", "most_content", "first_place")
