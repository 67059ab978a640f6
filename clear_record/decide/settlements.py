"""Facts that reviewers settled: what they say stands in place of what is recorded, because they saw the file."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def with_settlements(facts: DataFrame | None, settlements: DataFrame | None) -> DataFrame | None:
    """What is known of facts: subject_id, charge_id, name, value, and is_none (a reviewer found that there was none).

    `facts` are rows of `fact`, `settlements` of `settlement`, None where there are none; of one fact of a charge the last
    settlement counts, and no recorded row.
    """
    parts = []
    if facts is not None:
        recorded = facts.select("subject_id", "charge_id", "name", "value", F.lit(False).alias("is_none"))
        if settlements is not None:
            settled = settlements.select("charge_id", "name").distinct()
            recorded = recorded.join(F.broadcast(settled), ["charge_id", "name"], "left_anti")
        parts.append(recorded)
    if settlements is not None:
        last = F.max_by(F.struct("subject_id", "value"), "position").alias("last")
        # Spread by person, as the recorded ones are.
        parts.append(
            settlements.groupBy("charge_id", "name")
            .agg(last)
            .select(
                "last.subject_id", "charge_id", "name", "last.value", F.isnull("last.value").alias("is_none")
            )
            .repartition("subject_id")
        )
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else parts[0].unionByName(parts[1])
