"""Sources of the kind `tables`, by name."""

from clear_record.configuration import conf_folders, find_source
from clear_record.ingest.tables.source import TablesSource, read_any_source


def source_of(name: str) -> TablesSource:
    """The shipped description of a state's own tables."""
    source = read_any_source(find_source(name, conf_folders()))
    assert isinstance(source, TablesSource)
    return source
