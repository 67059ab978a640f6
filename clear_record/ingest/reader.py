"""What a reader of a kind of source gives to `delivery`, which writes it: the same for a flat extract and for a state's own tables."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from pyspark.sql import DataFrame, Row

from clear_record.ingest.earlier import Gone
from clear_record.lake import Lake
from clear_record.spark import Keep


class Totals(NamedTuple):
    """What became of the rows that were read."""

    accepted: int
    collapsed: int
    rejected: int


class RecordRows(Protocol):
    """What a reader made of a delivery: the rows of the record tables, and what they add up to."""

    @property
    def rows_read_count(self) -> int: ...

    def unreadable_count(self) -> int:
        """Rejected rows that do not say whose they are."""

    def tables(self) -> Mapping[str, DataFrame]:
        """The rows to write, by record table."""

    def beside(self, lake: Lake, keep: Keep) -> "RecordRows":
        """The same without what the lake has already; what contradicts it is among the rejected, or corrects it."""

    def gone(self) -> Mapping[str, Gone]:
        """Records of earlier deliveries that this one withdraws, because it does not have them, by kind."""

    def totals(self) -> Totals:
        """Rows accepted, collapsed and rejected, which add up to those read."""

    def identities(self) -> Mapping[str, DataFrame]:
        """How it names people and charges, by table of the vault; nothing where the delivered files keep that."""

    def files(self) -> list[Row]:
        """The files (or tables) that were read, as the `delivery` row has them."""

    def control_totals(self) -> Mapping[str, int]:
        """Defects and unknown codes by kind; known once the tables are written."""


class Opened(Protocol):
    """A delivery that was found and identified by its content, but for its records not read yet."""

    @property
    def content_id(self) -> str: ...

    def read(self, delivery_id: str) -> RecordRows:
        """Its records, under the id of the delivery."""
