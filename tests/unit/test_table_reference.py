"""The reference of the tables is what the contracts say, and the contracts say it of every column."""

import re

import pytest

from clear_record.audit.views import VIEWS, view_text
from clear_record.tables import TABLES, Table
from scripts.reference import PAGE, page

EVERY_TABLE = pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)


def test_the_committed_page_is_what_the_contracts_say() -> None:
    assert PAGE.read_text() == page(), "run scripts/reference"


@EVERY_TABLE
def test_a_table_and_each_of_its_columns_have_a_comment(table: Table) -> None:
    assert table.comment.endswith(".")
    assert [column.name for column in table.columns if len(column.comment.split()) < 2] == []


@EVERY_TABLE
def test_a_key_and_a_partition_are_columns_of_the_table(table: Table) -> None:
    assert {*table.key, *table.partitioned_by} <= set(table.column_names)


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_says_first_what_it_shows(name: str) -> None:
    assert re.match(r"-- [A-Z]", view_text(name))
