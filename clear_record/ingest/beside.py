"""What becomes of a delivery beside those before it, as its source delivers: it adds, or brings whole people."""

from collections.abc import Mapping
from datetime import date

from pyspark.sql import DataFrame

from clear_record.errors import NeedsOverride
from clear_record.ingest.additions import additions
from clear_record.ingest.earlier import Beside, Gone
from clear_record.ingest.source import Delivering
from clear_record.ingest.whole_people import whole_people
from clear_record.lake import Lake

# So many can be gone of a kind, whatever the share: of few records a share says nothing.
_FEW = 20


def beside_earlier(
    lake: Lake,
    source: Delivering,
    delivery_id: str,
    tables: Mapping[str, DataFrame],
    received_on: date,
) -> Beside:
    """What becomes of the rows of a delivery (by record table, `reject` among them), received on a day."""
    if source.deliveries == "additions":
        return additions(lake, source.name, tables, received_on)
    return whole_people(lake, source.name, source.deliveries, delivery_id, tables, received_on)


def check_gone(source: Delivering, gone: Mapping[str, Gone], allowed: int) -> int:
    """Hold a delivery in which more records of a kind are gone than its source says can be: a table or half a file may be missing.

    Gives how many are gone in all. Raises NeedsOverride.
    """
    for kind, found in sorted(gone.items()):
        limit = max(allowed, _FEW, int((source.gone_share or 0) * found.before))
        if found.gone > limit:
            raise NeedsOverride(
                f"{found.gone:,} of {found.before:,} {kind} records of the people of this delivery, which the source delivered before, are not in it "
                f"any more, and {limit:,} can be: it may be incomplete; deliver all of it, or accept it with --allow-gone {found.gone} --by NAME"
            )
    return sum(each.gone for each in gone.values())
