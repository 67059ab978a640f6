"""Which bound of errors opens the gate of publish."""

from typing import Any

import pytest

from clear_record.audit.review.clopper_pearson import upper
from clear_record.publish.gate import bound_of


def sample(sample_id: str, drawn: int, pack: str = "p", size: int = 1000) -> list[dict[str, Any]]:
    return [
        {"sample_id": sample_id, "pack": pack, "number": number, "stratum": pack, "stratum_size": size}
        for number in range(1, drawn + 1)
    ]


def marks(drawn: list[dict[str, Any]], wrong: int = 0, missing: int = 0) -> list[dict[str, Any]]:
    return [
        {**row, "mark": "wrong" if row["number"] <= wrong else "right", "marked_by": "A", "position": 1}
        for row in drawn[: len(drawn) - missing]
    ]


def test_the_largest_reviewed_sample_gives_the_bound() -> None:
    small, large, unread = sample("s", 60), sample("l", 300), sample("u", 500)
    said = [*marks(small), *marks(large, wrong=2)]
    assert bound_of("p", [*small, *large, *unread], said, 0.95) == pytest.approx(upper(2, 300, 0.95))


def test_of_samples_of_one_size_the_worse_gives_the_bound() -> None:
    good, bad = sample("g", 60), sample("b", 60)
    said = [*marks(good), *marks(bad, wrong=1)]
    assert bound_of("p", [*good, *bad], said, 0.95) == pytest.approx(upper(1, 60, 0.95))


def test_what_has_no_mark_yet_counts_as_wrong() -> None:
    drawn = sample("s", 60)
    assert bound_of("p", drawn, marks(drawn, missing=3), 0.95) == pytest.approx(upper(3, 60, 0.95))


def test_a_pack_answers_for_itself() -> None:
    mixed = [*sample("s", 60), *sample("s", 60, pack="other")]
    said = marks(mixed[:60])
    assert bound_of("p", mixed, said, 0.95) == pytest.approx(upper(0, 60, 0.95))
    assert bound_of("other", mixed, said, 0.95) is None
