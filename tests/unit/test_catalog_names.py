"""Where the location of a schema is."""

import pytest

from clear_record.catalog_names import root_at


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("file:/srv/records%20of/lake/", "/srv/records of/lake"),
        ("file:///srv/lake", "/srv/lake"),
        ("s3a://records/lake", "s3a://records/lake"),
        # One slash is no folder of this machine either: keys and vaults are kept beside folders only.
        ("dbfs:/user/hive/warehouse/records.db", "dbfs:///user/hive/warehouse/records.db"),
        ("/srv/lake", "/srv/lake"),
    ],
)
def test_a_folder_of_this_machine_is_a_path_and_all_else_a_uri(location: str, expected: str) -> None:
    assert root_at(location) == expected
