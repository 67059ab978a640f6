"""Whether an offense stands in a list of statutes, as Columns."""
