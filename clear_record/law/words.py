"""Names of the law language as people say them, for lists, sheets and summaries."""

import re

from clear_record.law.vocabulary import VOCABULARY


def fact_in_words(name: str) -> str:
    """A fact of the vocabulary, or a question to the record, as people say it."""
    entry = VOCABULARY.get(name)
    # What follows the first comma or semicolon is for those who write laws.
    return re.split("[,;]", entry.says)[0] if entry else in_words(name.partition(".")[2])


def in_words(name: str) -> str:
    """A name of a remedy, a question or a criterion as words."""
    return name.replace("_", " ")
