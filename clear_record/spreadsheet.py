"""Text that a spreadsheet shows and does not run."""

# A spreadsheet runs a cell that begins with one of these as a formula.
FORMULA_STARTS = "=+-@\t\r"
_STARTS = tuple(FORMULA_STARTS)


def safe_text(value: str) -> str:
    """The value of a cell, with an apostrophe before it where it would be a formula."""
    return f"'{value}" if value.startswith(_STARTS) else value
