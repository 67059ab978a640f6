"""Facts that reviewers settle: what is accepted, kept and signed, and what is refused, by row and column."""

import json
from datetime import date
from pathlib import Path

import polars
import pytest

from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.review.settle import COLUMNS, Settled, settle
from clear_record.audit.verify.contents import check_settlements
from clear_record.audit.verify.findings import Audited
from clear_record.errors import InputRefused
from clear_record.settlements import settlement_id_of
from clear_record.signing import make_signing_key, read_signing_key, signed_payload
from tests.audit_lake import REVIEWED, RUN_ID, charge_id, write_lake

DAY = date(2026, 11, 20)
CHARGE = charge_id(REVIEWED[0])
ROW = {"charge_id": CHARGE, "name": "fact.cannabis_g", "value": "20", "unit": "g", "reference": "page 3"}


@pytest.fixture
def lake(tmp_path: Path) -> LakeFiles:
    return LakeFiles(str(write_lake(tmp_path / "lake")))


def settled(
    lake: LakeFiles, *rows: dict[str, str], by: str = "A. Attorney", sign_key: Path | None = None
) -> Settled:
    path = lake.root / "settled.csv"
    lines = [",".join(COLUMNS), *(",".join({**ROW, **row}[name] for name in COLUMNS) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return settle(lake, path, by, DAY, key=None if sign_key is None else read_signing_key(sign_key))


def test_a_settled_fact_is_kept_with_who_when_and_where_it_stands(lake: LakeFiles) -> None:
    said = settled(lake, {})
    assert (said.run_id, said.written_count) == (RUN_ID, 1)
    (row,) = lake.all_rows("settlement")
    assert row["subject_id"] == f"{REVIEWED[0] + 1000:032x}"
    told = (
        "name",
        "value",
        "unit",
        "reference",
        "settled_by",
        "settled_on",
        "run_id",
        "position",
        "envelope",
    )
    assert [row[name] for name in told] == [
        "cannabis_g", "20", "g", "page 3", "A. Attorney", DAY, RUN_ID, 1, None,
    ]  # fmt: skip
    assert row["settlement_id"] == settlement_id_of(row)


def test_what_was_settled_so_is_not_written_again_and_a_later_word_is(lake: LakeFiles) -> None:
    other = {"charge_id": charge_id(REVIEWED[1])}
    assert settled(lake, {}).written_count == 1
    assert settled(lake, {}).written_count == 0
    assert settled(lake, {}, other).as_dict() == {"run_id": RUN_ID, "written": 1, "known": 1, "key_id": None}
    assert settled(lake, {"value": "30"}).written_count == 1
    assert settled(lake, {}).written_count == 1
    assert [row["position"] for row in sorted(lake.all_rows("settlement"), key=lambda row: row["position"])] == [
        1, 2, 3, 4,
    ]  # fmt: skip


def test_a_settlement_can_be_signed_and_one_without_a_signature_again(
    lake: LakeFiles, tmp_path: Path
) -> None:
    settled(lake, {"charge_id": charge_id(REVIEWED[1])})
    key = make_signing_key(tmp_path / "key")
    assert settled(lake, {"charge_id": charge_id(REVIEWED[1])}, sign_key=tmp_path / "key").written_count == 1
    settled(lake, {}, sign_key=tmp_path / "key")
    row = max(lake.all_rows("settlement"), key=lambda row: row["position"])
    payload = signed_payload(row["envelope"], row["public_key"])
    assert payload is not None
    assert json.loads(payload)["subject"][0]["digest"]["sha256"] == settlement_id_of(row)
    assert row["key_id"] == key.id
    assert settled(lake, {}).written_count == 0
    assert settlement_id_of({**row, "value": "200"}) != row["settlement_id"]


def test_verify_finds_a_settlement_that_was_edited_and_a_signature_of_another_key(
    lake: LakeFiles, tmp_path: Path
) -> None:
    make_signing_key(tmp_path / "key")
    settled(lake, {}, sign_key=tmp_path / "key")

    def found() -> list[str]:
        audited = Audited()
        check_settlements(LakeFiles(str(lake.root)), audited)
        return [each.check for each in audited.findings]

    assert found() == []
    other = make_signing_key(tmp_path / "other")
    for changed, finding in (
        ({"value": "200"}, "settlement"),
        ({"public_key": other.public_key}, "signature"),
        ({"public_key": "no key"}, "signature"),
        ({"envelope": other.sign({"subject": "something else"})}, "signature"),
    ):
        (file,) = lake.table("settlement").file_uris()
        rows = polars.read_parquet(file)
        rows.with_columns(**{name: polars.lit(value) for name, value in changed.items()}).write_parquet(file)
        assert found() == [finding]
        rows.write_parquet(file)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"charge_id": "none"}, "row 2, column charge_id: the run read no charge [none]"),
        ({"name": "cannabis_g"}, "row 2, column name: [cannabis_g] is no fact of a charge; the nearest is [fact.cannabis_g]"),
        ({"name": "charge.grade"}, "row 2, column name: [charge.grade] is no fact of a charge; the nearest is "),
        (
            {"name": "fact.plants"},
            "row 2, column name: the decisions of the charge miss fact.cannabis_g, not [fact.plants]",
        ),
        (
            {"charge_id": charge_id(40)},
            "row 2, column name: the decisions of the charge miss no fact, not [fact.cannabis_g]",
        ),
        ({"value": "twenty"}, "row 2, column value: a number was expected, as 20 or 28.5"),
        ({"value": "-1"}, "row 2, column value: a number was expected, as 20 or 28.5"),
        ({"value": "none"}, "row 2, column value: [fact.cannabis_g] is of every such charge, and cannot be none"),
        ({"unit": "oz"}, "row 2, column unit: [oz] where [g] was expected: convert the value"),
        ({"reference": " "}, "row 2, column reference: where the file says so was expected, in up to 500 characters"),
    ],
)  # fmt: skip
def test_what_cannot_be_settled_is_refused(lake: LakeFiles, row: dict[str, str], message: str) -> None:
    with pytest.raises(InputRefused) as refused:
        settled(lake, row)
    assert str(refused.value).partition(": ")[2].startswith(message)
    assert not lake.has("settlement")


def test_a_fact_stands_once_in_a_file(lake: LakeFiles) -> None:
    with pytest.raises(InputRefused, match="row 3, column name: the fact stands here a second time"):
        settled(lake, {}, {"value": "30"})
