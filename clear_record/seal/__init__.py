"""Taking charges out of a lake for good, where the law says that their record must be gone."""
