"""Hides counts of so few people that they could be told apart, and those from which a hidden one could be computed."""

from collections.abc import Mapping, Sequence

FEWEST_SHOWN = 11


def suppressed(counts: Mapping[str, int], fewest: int = FEWEST_SHOWN) -> dict[str, int | None]:
    """Counts by group, those under `fewest` as None.

    The total is known, and so is the sum of the hidden ones: while it is less than `fewest`, as that of a single one always
    is, the next smallest is hidden too.
    """
    shown: dict[str, int | None] = dict(counts)
    in_order = sorted(counts, key=lambda group: (counts[group], group))
    hidden = [group for group in in_order if counts[group] < fewest]
    rest = in_order[len(hidden) :]
    while hidden and rest and sum(counts[group] for group in hidden) < fewest:
        hidden.append(rest.pop(0))
    return {group: None if group in hidden else count for group, count in shown.items()}


def suppressed_table(
    rows: Mapping[str, Mapping[str, int]], whole: str, parts: Sequence[str], fewest: int = FEWEST_SHOWN
) -> dict[str, dict[str, int | None]]:
    """A table of counts by group (rows) and column, where each of `parts` counts some of the people of `whole`.

    A part is hidden as well where all but a few of the whole are in it: the few others are a count too. A part of a hidden
    whole is hidden.
    """
    columns = {whole: suppressed({group: counts[whole] for group, counts in rows.items()}, fewest)}
    for part in parts:
        # The smaller of those in the part and those out of it is what must not be told.
        exposed = {
            group: counts[part]
            if columns[whole][group] is None
            else min(counts[part], _others(counts, whole, part))
            for group, counts in rows.items()
        }
        hidden = suppressed(exposed, fewest)
        columns[part] = {
            group: None if hidden[group] is None or columns[whole][group] is None else counts[part]
            for group, counts in rows.items()
        }
    return {group: {name: column[group] for name, column in columns.items()} for group in rows}


def _others(counts: Mapping[str, int], whole: str, part: str) -> int:
    """People of the whole who are not in the part; where that is everybody or nobody, it is the part that counts."""
    others = counts[whole] - counts[part]
    return others or counts[part]
