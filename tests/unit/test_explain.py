"""explain: the story of a charge from a lake that was written without Spark."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from datetime import date
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from clear_record.audit.explain.story import Story, story_of_charge
from clear_record.audit.explain.story_lines import story_in_lines
from clear_record.audit.explain.story_page import story_page
from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.records import RunRecords
from clear_record.cli import main
from clear_record.keys import IdKey, id_key
from clear_record.law.pack import Pack
from clear_record.law.pack_reader import load_pack
from clear_record.law.reference import evaluate
from tests.lakes import write_rows

PACKS = Path(__file__).resolve().parents[1] / "packs" / "us_zz"
AS_OF = date(2025, 1, 1)
# The invented ids of charges; the state knows their people as 1, 2 and 3.
FIRST, RECENT, THEFT, HELD, OWING = (digit * 8 + "0" * 24 for digit in "12345")
STATE_IDS = ("1", "2", "3", "4")
INPUTS = (
    "charge",
    "subject",
    "registration",
    "reject",
    "fact",
    "settlement",
    "subject_link",
    "coverage",
    "delivery",
)
COVERED = ("charge", "pending_charge", "fact:has_pending_charge", "fact:restitution_ordered")


@dataclass(frozen=True)
class Invented:
    """A lake of one run, and the key of its people."""

    root: Path
    key: IdKey

    @property
    def files(self) -> LakeFiles:
        return LakeFiles(str(self.root))

    def story(self, charge_id: str, run_id: str = "latest") -> Story:
        return story_of_charge(self.files, run_id, charge_id)


def charge(
    charge_id: str, subject_id: str, section: str, convicted: str, ends: str, **more: Any
) -> dict[str, Any]:
    return {
        "charge_id": charge_id, "subject_id": subject_id, "cycle_id": f"cycle {charge_id}", "kind": "conviction", "state": "ZZ",
        "county": "ELM", "offense_code": section[:2], "offense_section": section[3:], "offense_subdivisions": "",
        "offense_attempt": False, "offense_conspiracy": False, "offense_is_readable": True, "offense_raw": section,
        "convicted_earliest": convicted, "convicted_latest": convicted, "sentence_ends_earliest": ends,
        "sentence_ends_latest": ends, "is_understood": True, "delivery_id": "told", "file": 1, "line": 7, **more,
    }  # fmt: skip


def records(key: IdKey) -> dict[str, list[dict[str, Any]]]:
    """Two ids of one person; one person who is held; one of whom nothing shows that restitution was paid."""
    one, joined, held, owing = map(key.id_of, STATE_IDS)
    came = {"delivery_id": "told", "file": 1, "line": 1}
    return {
        "charge": [
            charge(FIRST, one, "HS 11364", "2012-05-01", "2013-05-01"),
            charge(RECENT, joined, "HS 11364", "2021-03-01", "2023-09-01"),
            charge(THEFT, one, "PC 484", "2010-02-03", "2010-02-03"),
            charge(HELD, held, "HS 11364", "2012-05-01", "2013-05-01", county="<b>ELM</b> & CO"),
            charge(OWING, owing, "HS 11364", "2012-05-01", "2013-05-01"),
            # Of a delivery that was never committed.
            charge("9" * 32, owing, "PC 187", "2001-05-01", "2002-05-01", delivery_id="half way"),
        ],
        "subject": [
            {"subject_id": id, "birth_earliest": "1990-06-01", "birth_latest": "1990-06-30", **came}
            for id in (one, joined, held, owing)
        ],
        "registration": [],
        "reject": [{**came, "line": 12, "subject_id": held, "code": "Q011", "field": "BORN"}],
        "fact": [
            {"fact_id": "f", "subject_id": owing, "charge_id": OWING, "name": "restitution_ordered", "value": "true",
             "source": "us_zz_statewide", **came},
        ],
        "subject_link": [
            {"subject_id": one, "linked_subject_id": joined, "kind": "merge", "linked_from": "2022-01-01", **came}
        ],
        "settlement": [],
        "withdrawal": [],
        "coverage": [
            {"record_kind": kind, "jurisdiction": "ZZ", "source": "us_zz_statewide", "delivery_id": "told"}
            for kind in COVERED
        ],
        "delivery": [{"delivery_id": "told", "source": "us_zz_statewide", "id_key": key.fingerprint}],
    }  # fmt: skip


def write_run(root: Path, pack: Pack, inputs: Sequence[Mapping[str, Any]]) -> None:
    """The decisions of the reference evaluator, and the rows of pack and run."""
    used = {"pack": pack.name, "fingerprint": pack.fingerprint, "counties": [], "takes_unreadable": True}
    run = {
        "run_id": "r1",
        "position": 1,
        "builds_on": [],
        "settled_to": 0,
        "stopped": [],
        "as_of": AS_OF,
        "inputs": inputs,
        "seals": [],
        "packs": [used],
    }
    write_rows(root, "run", [{**run, "run_id": "for reading", "position": 0}])
    lake = LakeFiles(str(root))
    decided = []
    reading = RunRecords(lake, lake.run("for reading"))
    for subject_id in {row["subject_id"] for row in reading.rows("charge")}:
        person = reading.person(subject_id, [pack])
        for row in person.rows:
            decision = evaluate(pack, person.rows, row["charge_id"], AS_OF, row["covered"])
            if decision is not None:
                decided.append({**row, **asdict(decision), "run_id": "r1", "pack": pack.name})
    _, version = write_rows(root, "decision", {row["charge_id"]: row for row in decided}.values())
    write_rows(
        root, "pack", [{"fingerprint": pack.fingerprint, "pack": pack.name, "texts": dict(pack.texts)}]
    )
    write_rows(root, "run", [{**run, "decision_version": version}])


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Invented:
    root = tmp_path_factory.mktemp("explained") / "lake"
    key = id_key(str(root))
    inputs = []
    for name, rows in records(key).items():
        table_id, version = write_rows(root, name, rows)
        inputs.append({"table_name": name, "table_id": table_id, "version": version})
    write_run(root, load_pack(PACKS / "second_chance"), inputs)
    # What came later is not what the run read.
    later = charge("8" * 32, key.id_of("1"), "PC 211", "2009-05-01", "2010-05-01", delivery_id="later")
    write_rows(root, "charge", [later])
    write_rows(root, "delivery", [{"delivery_id": "later", "id_key": key.fingerprint}])
    return Invented(root, key)


def command(*arguments: str) -> tuple[int, str]:
    with redirect_stdout(StringIO()) as said, redirect_stderr(said), pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(str(ended.value.code)), said.getvalue()


def text(story: Story) -> str:
    return "\n".join(line.wrapped(80) for line in story_in_lines(story))


GOLDEN = """\
Run r1, as of 2025-01-01: what it knew of this person, and what it decided.
  The state keeps the person under 2 ids, which were one person on that day.

Conviction 22222222, HS 11364, convicted 2021-03-01, ELM
  Id: 22222222000000000000000000000000
  Kind of record: conviction
  State: ZZ
  County: ELM
  Offense: HS 11364
  All that the source says of it was understood: yes
  End of the whole sentence: 2023-09-01
  Day of conviction: 2021-03-01
  Person's date of birth: in June 1990
  Not recorded: charged offense; grade; source prints two grades; grade after a
    reduction; statute of the set-aside; a part of the sentence is state prison;
    a part of the sentence is jail; a part of the sentence is probation; day of
    the offense; day of the arrest; day on which the charge was filed; end of
    the last supervision for this charge; restitution is paid.
  No, or none on record: day of first disposition; day of dismissal or
    acquittal; day on which the conviction was set aside; day of reduction of
    the grade; day of resentencing; day of revocation of supervision; person's
    day of death; person's day of first duty to register as a sex offender;
    person is held for review; a court ordered restitution; a charge is pending
    now.
  Came with: delivery told, file 1, line 7

us_zz/second_chance: Second chance for minor offenses, sealed without a petition
(ZZ Code 14-500)
  Decision: Not yet.
  On 2026-09-01 it becomes eligible: seal, the record unchanged.
  The next day on which the answer can change, the record unchanged: 2026-09-01.
  Law: ZZ Code 14-500 [K]; statute: what the law gives; draft: no lawyer has
    signed every clause off
  Scope: A conviction of a minor offense of section 14-500(a). (ZZ Code
    14-500(a))

  Criteria, in the order of the law:
   1. [T] record_is_complete: true
      Every row delivered about the person could be believed, and every
      disposition was tied to one count.
      Source: convention [C]
      Person is held for review: no
      All that the source says of it was understood: yes
   2. [F] waiting_period_has_run: false
      The waiting period has passed since the end of the sentence.
      Source: ZZ Code 14-500(b) [K]
      The wait ends: 2026-09-01.
      While it is false, the answer is “not yet”.
      End of the whole sentence: 2023-09-01
      Parameter waiting_years (Full years to wait after the end of the
        sentence): 3 (since 2024-01-01) (ZZ Laws 2023 c. 77 [K])
   3. [T] no_earlier_violent_felony: true
      The person had no conviction of a violent felony before this one.
      Source: ZZ Code 14-500(c)(1) [K]
      Question 1 (earlier_violent_felony): Is there another conviction anywhere
        where the other record's offense is on the list violent and the other
        record's day of conviction is before this charge's day of conviction? no
   4. [T] has_no_pending_charge: true
      Nothing indicates that a charge is pending.
      Source: ZZ Code 14-500(c)(2) [K]
      A charge is pending now: no
   5. [T] has_paid_restitution: true
      Restitution that was ordered has been paid; the record must show it.
      Source: ZZ Code 14-500(c)(3) [K]
      A court ordered restitution: no
      Restitution is paid: unknown
   6. [T] is_within_cap: true
      No more than two convictions of a person are sealed, the oldest first.
      Source: ZZ Code 14-500(d) [K]
      Question 2 (sealed_first): How many other charges are there anywhere,
        earlier by the other record's day of conviction, that this law gives
        relief to (caps left aside)? 1
        - conviction 11111111, HS 11364, convicted 2012-05-01, ELM

  Remedies, in their order: the rows whose result is possible:
   2. Gives: seal; this row decided.
      Requires: criterion 2 (waiting_period_has_run): false; criterion 4
        (has_no_pending_charge): true; criterion 5 (has_paid_restitution): true.

Other records of the person
  - conviction 33333333, PC 484, convicted 2010-02-03, ELM
  - conviction 11111111, HS 11364, convicted 2012-05-01, ELM"""


def test_a_story_is_told_word_by_word(lake: Invented) -> None:
    assert text(lake.story(RECENT)) == GOLDEN


def test_what_the_run_did_not_read_is_not_told(lake: Invented) -> None:
    assert THEFT[:8] in text(lake.story(FIRST))
    assert "PC 211" not in text(lake.story(FIRST))  # came later
    assert "PC 187" not in text(lake.story(OWING))  # its delivery was never committed


def test_what_holds_a_decision_is_said_and_what_it_would_be_without_that(lake: Invented) -> None:
    story = lake.story(HELD)
    (told,) = story.charges[0].decisions
    assert story.person == (
        "Held: a row about the person was rejected: an impossible date in BORN (Q011; delivery told, file 1, line 12).",
    )
    assert (told.outcome, told.criteria[0].letter) == ("needs_review", "U")
    assert told.if_complete is not None
    assert (told.if_complete.outcome, told.if_complete.remedy) == ("eligible", "seal")


def test_what_is_missing_is_told_with_what_each_value_would_change(lake: Invented) -> None:
    (told,) = lake.story(OWING).charges[0].decisions
    (missing,) = told.missing
    assert (told.outcome, missing.name, missing.recorded) == (
        "not_eligible",
        "fact.restitution_paid",
        "unknown",
    )
    assert [(each.values, each.outcome, each.remedy) for each in missing.values] == [
        ("yes", "eligible", "seal"),
        ("no", "not_eligible", "none"),
    ]


def test_a_charge_out_of_scope_is_told_with_the_sentence_of_the_scope(lake: Invented) -> None:
    (told,) = lake.story(THEFT).charges[0].decisions
    assert (told.outcome, told.decision, told.criteria) == ("out_of_scope", None, ())
    assert told.scope[0] == "A conviction of a minor offense of section 14-500(a)."
    assert [(each.says, each.holds) for each in told.scope[2].terms] == [
        ("the kind of record is conviction", "true"),
        ("the offense is on the list minor", "false"),
    ]


def test_one_object_for_a_program_and_no_number_of_the_person(lake: Invented) -> None:
    code, said = command("explain", RECENT[:8], "--lake", str(lake.root), "--json")
    told = json.loads(said)
    assert (code, told["differs"], told["charges"][0]["charge_id"]) == (0, False, RECENT)
    (decision,) = told["charges"][0]["decisions"]
    assert decision["decision"] == decision["kept"]
    assert (decision["kept"]["outcome"], decision["kept"]["eligible_on"]) == ("not_yet", "2026-09-01")
    assert told["subject_id"] == lake.key.id_of("1")


def test_a_person_is_asked_for_by_the_states_id_from_standard_input(
    lake: Invented, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("2\n"))
    code, said = command("explain", "--subject", "-", "--lake", str(lake.root), "--json")
    told = json.loads(said)
    assert code == 0
    assert [each["charge_id"] for each in told["charges"]] == [THEFT, FIRST, RECENT]


def test_a_decision_that_is_not_what_the_law_gives_is_a_finding(lake: Invented, tmp_path: Path) -> None:
    told = lake.files.run("r1")
    kept = {row["charge_id"]: row for row in lake.files.all_rows("decision")}
    forged = [{**kept[FIRST], "run_id": "r2", "outcome": "not_eligible", "remedy": "none"}]
    root = tmp_path / "lake"
    for table in lake.root.iterdir():
        if table.name not in ("run", "decision"):
            (root / table.name).parent.mkdir(exist_ok=True)
            (root / table.name).symlink_to(table)
    write_rows(root, "decision", forged)
    write_rows(root, "run", [{**told, "run_id": "r2", "decision_version": 0}])
    code, said = command("explain", FIRST, "--lake", str(root))
    assert code == 1
    assert "FOUND: outcome was not_eligible in the run, and is eligible now" in " ".join(said.split())
    code, said = command("explain", RECENT, "--lake", str(root))
    assert code == 1
    assert "the run kept no decision, and there is one now" in " ".join(said.split())


class _Checked(HTMLParser):
    """The tags that were left open, and all that a page asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in ("src", "href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_alone_and_escapes_what_a_record_says(lake: Invented, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert command("explain", HELD, "--lake", str(lake.root), "--html", str(page))[0] == 0
    written = page.read_text()
    assert written == story_page(lake.story(HELD))
    checked = _Checked()
    checked.feed(written)
    assert (checked.open, checked.links) == ([], [])
    assert not checked.tags & {"script", "link", "img", "b"}
    assert "&lt;b&gt;ELM&lt;/b&gt; &amp; CO" in written
    assert "url(" not in written


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("99999999",), "there is no charge [99999999] in the records that the run read"),
        (("1111",), "[1111] is too short: give the id of a charge, or its first 8 digits"),
        ((FIRST, "--run", "r7"), "there is no run [r7]"),
        ((FIRST, "--pack", "us_zz/none"), "run [r1] has no pack [us_zz/none]: it has us_zz/second_chance"),
        ((), "name one charge, or a person with --subject"),
        (("--subject", "77"), "run [r1] read no charge of a person with this id"),
    ],
)
def test_what_cannot_be_explained_is_refused_in_one_line(
    lake: Invented, arguments: Sequence[str], says: str
) -> None:
    code, said = command("explain", *arguments, "--lake", str(lake.root))
    assert (code, len(said.splitlines())) == (2, 1)
    assert says in said


def test_another_key_is_refused_and_none_is_made(lake: Invented, tmp_path: Path) -> None:
    other = id_key(str(tmp_path / "other")).path
    code, said = command("explain", "--subject", "1", "--id-key", str(other), "--lake", str(lake.root))
    assert (code, "is not the one under which the lake keeps people" in said) == (2, True)
    code, said = command(
        "explain", "--subject", "1", "--id-key", str(tmp_path / "none"), "--lake", str(lake.root)
    )
    assert (code, (tmp_path / "none").exists()) == (2, False)


def test_without_the_files_of_its_versions_a_run_cannot_be_explained(lake: Invented, tmp_path: Path) -> None:
    root = tmp_path / "lake"
    shutil.copytree(lake.root, root)
    for file in (root / "fact").glob("*.parquet"):
        file.unlink()
    code, said = command("explain", FIRST, "--lake", str(root))
    assert (code, len(said.splitlines())) == (4, 1)


def test_neither_spark_nor_a_jvm_is_asked_for(lake: Invented) -> None:
    told = f"story_of_charge(LakeFiles({str(lake.root)!r}), 'latest', {FIRST!r})"
    check = "import sys; print({'pyspark', 'py4j', 'delta'} & set(sys.modules))"
    code = f"from clear_record.audit.explain.story import *; {told}; {check}"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"


def test_the_story_of_a_crowded_person_says_why_it_is_held_and_supposes_nothing(
    lake: Invented, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clear_record.audit.records.MOST_CHARGES", 1)
    told = " ".join(text(lake.story(RECENT)).split())
    assert "charges stand under the id, more than 1,000" in told
    assert "not answered: more than 1,000 charges stand under the person's id" in told
    assert "What is missing" not in told
