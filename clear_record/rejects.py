"""Why rows are rejected, in words: the codes of table `reject`."""

REASONS = {
    "Q001": "another number of fields",
    "Q002": "unreadable characters",
    "Q010": "not a date",
    "Q011": "an impossible date",
    "Q012": "not a number",
    "Q020": "no key",
    "Q030": "in conflict with another row",
    "Q040": "without its charge",
}
