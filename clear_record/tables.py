"""The contract of every table in the lake and in the vault: columns, types, comments, keys and constraints.

One row of a contract is one column, in the order in which it is written and hashed. Types are Spark DDL. A legal date
is an interval of two columns, `<name>_earliest` and `<name>_latest`; both null says "not recorded" for an attribute
and "did not happen" for an event, and one null is an open end.
"""

from collections.abc import Iterator
from dataclasses import dataclass

BOOLEAN, DATE, DOUBLE, INT, LONG, STRING = "boolean", "date", "double", "int", "bigint", "string"
# What was written to a table: the roots of `clear_record.roots`, and the hash of each of their buckets by its two hex digits.
_OUTPUTS = "array<struct<table_name: string, rows_count: bigint, content_root: string, buckets: map<string, string>>>"
# What identifies a person or a charge, by the names that the source gives it.
_PARTS = "map<string, string>"
# Logs and files live as long as the record: a version that a run read must stay readable. Plain features only, so that
# other readers (DuckDB, Polars, delta-rs) can follow.
_PROPERTIES = {
    "delta.enableDeletionVectors": "false",
    "delta.columnMapping.mode": "none",
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 36500 days",
}
# Statistics stand in the log in plain text, and what is sealed cannot be taken out of it: ids of people and charges stand in none.
_STATISTICS_COLUMNS = ("run_id", "delivery_id")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, Spark DDL type, meaning (with unit and codes) and whether it may be null."""

    name: str
    type: str
    comment: str
    nullable: bool = True

    @property
    def ddl(self) -> str:
        return f"{self.name} {self.type}{'' if self.nullable else ' NOT NULL'}"


@dataclass(frozen=True, slots=True)
class Table:
    """A table: what one row is, its columns, key, partitioning and the checks that every row passes."""

    name: str
    comment: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    partitioned_by: tuple[str, ...] = ()
    constraints: tuple[tuple[str, str], ...] = ()
    change_feed: bool = False
    append_only: bool = True

    @property
    def column_names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def ddl(self) -> str:
        """The schema as one Spark DDL string."""
        return ", ".join(column.ddl for column in self.columns)

    @property
    def is_of_people(self) -> bool:
        """Whether rows are about a person: their hashes carry the person's salt, so that nobody can guess back what was sealed."""
        return "subject_id" in self.column_names

    @property
    def properties(self) -> dict[str, str]:
        """The properties of the Delta table, its constraints among them."""
        statistics = [
            name
            for name in self.column_names
            if name in _STATISTICS_COLUMNS and name not in self.partitioned_by
        ]
        return {
            **_PROPERTIES,
            "delta.appendOnly": "true" if self.append_only else "false",
            "delta.dataSkippingStatsColumns": ",".join(statistics),
            **({"delta.enableChangeDataFeed": "true"} if self.change_feed else {}),
            **{f"delta.constraints.{name}": check for name, check in self.constraints},
        }


def _required(name: str, type: str, comment: str) -> Column:
    return Column(name, type, comment, nullable=False)


def _interval(name: str, comment: str) -> Iterator[Column]:
    yield Column(f"{name}_earliest", DATE, f"{comment}: the first day that it can be; null is open")
    yield Column(f"{name}_latest", DATE, f"{comment}: the last day that it can be; null is open")


def _offense(prefix: str, comment: str) -> Iterator[Column]:
    yield Column(
        f"{prefix}_code", STRING, f"{comment}: code of law (HS, PC, VC, ...); null where it cannot be read"
    )
    yield Column(f"{prefix}_section", STRING, f"{comment}: section as printed (11357, 11357.5)")
    yield Column(
        f"{prefix}_subdivisions",
        STRING,
        f"{comment}: subdivisions, lower case ((a)(1)); empty if none printed",
    )
    yield Column(f"{prefix}_attempt", BOOLEAN, f"{comment}: an attempt (PC 664)")
    yield Column(f"{prefix}_conspiracy", BOOLEAN, f"{comment}: a conspiracy (PC 182)")
    yield Column(f"{prefix}_is_readable", BOOLEAN, f"{comment}: read with certainty as exactly one offense")
    yield Column(f"{prefix}_raw", STRING, f"{comment}: the text as printed")


def _provenance(kind: str = "row") -> Iterator[Column]:
    yield _required("delivery_id", STRING, f"delivery that this {kind} came with")
    yield _required("file", INT, "position of the file or table in that delivery, from 1")
    yield _required(
        "line",
        LONG,
        "line in a text file, from 1, header and quoted newlines counted; in a Parquet file the row, from 1; in a Delta or "
        "database table the first 15 hex digits, as a number, of the id that the row's key gives under the id key, its parts put "
        "together with |",
    )


SUBJECT = Table(
    "subject",
    "A person, under a keyed id. No name and no number of a person stands here.",
    (
        _required("subject_id", STRING, "keyed hash (HMAC-SHA-256, 128 bits, hex) of the state's person id"),
        *_interval("birth", "Date of birth"),
        Column("sex", STRING, "sex as recorded: male, female, other; null if not recorded"),
        Column(
            "race",
            STRING,
            "race as recorded: asian, black, hispanic, native_american, white, other; null if not recorded",
        ),
        Column("race_raw", STRING, "race as printed"),
        *_interval("deceased", "Death (event)"),
        *_provenance(),
    ),
    key=("subject_id",),
)

CHARGE = Table(
    "charge",
    "A count: charged, disposed, maybe convicted; or an arrest without a court step. Carries its folded events, "
    "sentence and supervision, sorted by person.",
    (
        _required("subject_id", STRING, "person, as in subject"),
        _required(
            "charge_id",
            STRING,
            "keyed hash of the source's own keys (128 bits, hex); stable over deliveries under one id key",
        ),
        Column(
            "case_id", STRING, "keyed hash of county and court case number; null if there is no case number"
        ),
        _required("cycle_id", STRING, "keyed hash of person and arrest cycle"),
        _required(
            "kind",
            STRING,
            "conviction, adjudication (juvenile), charge (court step without conviction), arrest (no court step)",
        ),
        Column("state", STRING, "postal code of the state whose record this is"),
        Column(
            "county", STRING, "county of the convicting step, else of the latest; null if it cannot be read"
        ),
        *_offense("offense", "Offense of conviction, else the charged one"),
        *_offense("charged", "Charged offense"),
        Column(
            "grade",
            STRING,
            "grade at conviction in the state's code (California: F, M, I); null if not recorded or in conflict",
        ),
        Column("grade_is_in_conflict", BOOLEAN, "the source prints two different grades"),
        Column("grade_raw", STRING, "grade as printed"),
        *_interval("offense", "Offense"),
        Column(
            "offense_date_is_derived", BOOLEAN, "the offense date was derived from later dates, not printed"
        ),
        *_interval("arrest", "Arrest"),
        *_interval("charged", "Filing of the charge"),
        *_interval("disposed", "First disposition (event)"),
        *_interval("convicted", "Conviction (event)"),
        *_interval("dismissed", "Dismissal or acquittal (event)"),
        *_interval("set_aside", "Conviction set aside, for example under PC 1203.4 (event)"),
        Column("set_aside_under", STRING, "statute of the set-aside as printed (1203.4)"),
        *_interval("reduced", "Reduction, for example under PC 17(b) (event)"),
        Column("grade_after", STRING, "grade from the reduction on"),
        *_interval("resentenced", "Resentencing (event)"),
        *_interval("sentence_ends", "End of the whole sentence, all parts"),
        Column(
            "sentence_is_complete",
            BOOLEAN,
            "the sentence is marked complete and no day says since when: it ended by the day of the delivery",
        ),
        Column("sentence_has_prison", BOOLEAN, "a part of the sentence is state prison"),
        Column("sentence_has_jail", BOOLEAN, "a part of the sentence is jail"),
        Column("sentence_has_probation", BOOLEAN, "a part of the sentence is probation"),
        Column("sentence_parts_count", INT, "number of parts of the sentence"),
        *_interval("supervision_ends", "End of the last supervision for this charge"),
        *_interval("supervision_revoked", "Revocation of supervision (event)"),
        Column(
            "is_understood",
            BOOLEAN,
            "false where what the source says of it leaves a person to look: a later disposition that could not be tied to one count, "
            "a code that no map has, a contradiction that its rules leave open",
        ),
        *_provenance("charge's first row of the deciding step"),
    ),
    key=("charge_id",),
)

DISPOSITION = Table(
    "disposition",
    "An event that decided or changed a charge.",
    (
        _required("charge_id", STRING, "charge, as in charge"),
        _required("subject_id", STRING, "person, as in subject"),
        _required("sequence", INT, "order of the event in its charge, from 1"),
        *_interval("disposed", "Day of the court step"),
        *_interval("printed", "Disposition date printed beside the count, where it differs"),
        Column(
            "code",
            STRING,
            "convicted, dismissed, acquitted, set_aside, reduced, resentenced, diverted, released, unknown; null if blank",
        ),
        Column("raw", STRING, "disposition as printed"),
        *_provenance(),
    ),
    key=("charge_id", "sequence"),
)

SENTENCE = Table(
    "sentence",
    "One part of a sentence. Identical parts are parts, not duplicates.",
    (
        _required("charge_id", STRING, "charge, as in charge"),
        _required("subject_id", STRING, "person, as in subject"),
        _required("sequence", INT, "order of the part in its charge, from 1"),
        Column("kind", STRING, "prison, jail, probation, fine, other"),
        Column("length", INT, "length in units; null if not recorded"),
        Column("unit", STRING, "day, month, year"),
        Column("raw", STRING, "kind as printed"),
        *_interval("served_from", "First day of the part"),
        *_interval("served_until", "Last day of the part, were it served alone"),
        *_provenance(),
    ),
    key=("charge_id", "sequence"),
)

SUPERVISION = Table(
    "supervision",
    "A period of probation, parole or post-release supervision.",
    (
        _required("supervision_id", STRING, "keyed hash of the source's own keys"),
        _required("subject_id", STRING, "person, as in subject"),
        Column("charge_id", STRING, "charge, where it is known"),
        Column("kind", STRING, "probation, parole, post_release, other"),
        *_interval("supervised_from", "First day"),
        *_interval("supervised_until", "Last day by the sentence"),
        *_interval("revoked", "Revocation (event)"),
        *_interval("terminated", "Early or ordinary end (event)"),
        Column("outcome", STRING, "outcome as printed"),
        *_provenance(),
    ),
    key=("supervision_id",),
)

REGISTRATION = Table(
    "registration",
    "A duty to register, or a hold.",
    (
        _required("registration_id", STRING, "keyed hash of the source's own keys"),
        _required("subject_id", STRING, "person, as in subject"),
        Column("kind", STRING, "sex_offender, narcotics, other"),
        Column("statute", STRING, "statute as printed (290(A)(1)(A) PC)"),
        *_interval("registered_from", "First day of the duty"),
        *_interval("registered_until", "End of the duty (event)"),
        *_provenance(),
    ),
    key=("registration_id",),
)

FACT = Table(
    "fact",
    "Anything else that a law asks for: quantity, plants, conduct, ages of others, restitution.",
    (
        _required("fact_id", STRING, "keyed hash of the source's own keys"),
        _required("subject_id", STRING, "person, as in subject"),
        Column("charge_id", STRING, "charge; null for a fact about the person"),
        _required("name", STRING, "name in the vocabulary (cannabis_g)"),
        Column(
            "value",
            STRING,
            "value in the vocabulary's unit, a day as 2016-11-09 or as two with .. between; null if recorded as unknown",
        ),
        Column("unit", STRING, "unit of value"),
        Column("printed", STRING, "quantity as printed, with its unit"),
        Column("recorded_on", DATE, "day on which it was recorded"),
        _required("source", STRING, "source that says so"),
        *_provenance(),
    ),
    key=("fact_id",),
)

SUBJECT_LINK = Table(
    "subject_link",
    "That two person ids stand for one person (merge), no longer do (split), or may (conflict), as the state says.",
    (
        _required("subject_id", STRING, "person that stays, as in subject"),
        _required("linked_subject_id", STRING, "person that is joined to it, as in subject"),
        _required("kind", STRING, "merge, split, conflict; unknown where the code has no meaning here"),
        Column("linked_from", DATE, "first day on which it holds; null is open"),
        Column("linked_until", DATE, "first day on which it no longer holds; null is open"),
        *_provenance(),
    ),
    key=("subject_id", "linked_subject_id", "kind", "linked_from"),
)

COVERAGE = Table(
    "coverage",
    "What has been loaded: an absent row in a loaded source means none, in one that was not loaded, unknown.",
    (
        _required(
            "record_kind",
            STRING,
            "charge, disposition, sentence, supervision, registration, pending_charge, fact:<name>",
        ),
        _required("jurisdiction", STRING, "postal code, or a county as <state>/<county>"),
        Column("covered_from", DATE, "first day covered; null is open"),
        Column("covered_until", DATE, "first day no longer covered; null is open"),
        _required("source", STRING, "source, as in conf/sources"),
        _required("delivery_id", STRING, "delivery that says so"),
    ),
    key=("record_kind", "jurisdiction", "delivery_id"),
)

DELIVERY = Table(
    "delivery",
    "All files of one ingest call. Written last: without its row here, a delivery does not exist.",
    (
        _required(
            "delivery_id",
            STRING,
            "hash of source and content of the files, and of the source's delivery before: the same content can come again, after another",
        ),
        _required("position", LONG, "place among the deliveries of the lake, from 1"),
        _required("source", STRING, "source, as in conf/sources"),
        _required(
            "files",
            "array<struct<name: string, uri: string, sha256: string, bytes: bigint, rows: bigint, has_header: boolean>>",
            "the files or tables, in their order; of a Delta or database table sha256 is over its rows, and bytes are 0",
        ),
        _required("rows_read_count", LONG, "rows read"),
        _required("rows_accepted_count", LONG, "rows accepted"),
        _required("rows_collapsed_count", LONG, "rows that repeat another one"),
        _required("rows_rejected_count", LONG, "rows rejected"),
        _required(
            "control_totals",
            "map<string, bigint>",
            "rows by table, defects, unknown codes and conflicts by kind",
        ),
        Column("id_key", STRING, "fingerprint of the id key, a ring of secrets, that made the ids"),
        Column(
            "rotation",
            STRING,
            "row_sha256 of the rotation that made the ids of its rows anew; null where the delivery was read under the lake's own "
            "id key",
        ),
        Column("overrides", "array<string>", "limits that a person overrode, with the name given"),
        _required(
            "received_on", DATE, "day on which the delivery was received; nothing in it happened later"
        ),
        _required(
            "outputs",
            _OUTPUTS,
            "what was written to each record table: rows, content root, and the hash of each bucket of it",
        ),
        _required("row_sha256", STRING, "hash of this row without this column; runs that read it name it"),
    ),
    key=("delivery_id",),
)

REJECT = Table(
    "reject",
    "A row that could not be believed. Never its values.",
    (
        *_provenance(),
        Column("subject_id", STRING, "person, if it could be read; the person's decisions are held"),
        _required(
            "code",
            STRING,
            "reason: Q001 fields, Q002 characters, Q010 date, Q011 impossible date, Q012 number, Q020 key, Q030 conflict, "
            "Q040 without its charge",
        ),
        Column("field", STRING, "column that could not be believed"),
    ),
    key=("delivery_id", "file", "line"),
)

OUT_OF_SCOPE = "out_of_scope"
"""The outcome of a row that is no decision."""

WITHDRAWAL = Table(
    "withdrawal",
    "A record that counts no longer as an earlier delivery gave it: a later one of its source says something else, or no longer has it. "
    "Its rows stay where they are.",
    (
        _required("delivery_id", STRING, "delivery that withdraws it"),
        _required("subject_id", STRING, "person, as in the record's rows"),
        Column("charge_id", STRING, "charge, where the record is one or is of one"),
        _required(
            "table_name",
            STRING,
            "charge (with its dispositions, its sentence and its supervision), subject, supervision (of no charge), registration, fact, "
            "subject_link, reject",
        ),
        _required(
            "record_id",
            STRING,
            "charge_id, supervision_id, registration_id or fact_id; of subject, subject_link and reject subject_id, and all of the person's",
        ),
        _required("withdrawn_delivery_id", STRING, "delivery whose rows of it count no longer"),
        _required(
            "kind",
            STRING,
            "corrected: the later delivery says something else of it; gone: it does not have it",
        ),
    ),
    key=("delivery_id", "table_name", "record_id", "withdrawn_delivery_id"),
)

DECISION = Table(
    "decision",
    "One row for each charge in the scope of a pack, in each full run; an incremental run has those that differ from the run that it "
    "builds on. Only rows of a run in run count. Rows that say out_of_scope are no decisions.",
    (
        _required("run_id", STRING, "run, as in run"),
        _required("pack", STRING, "pack, by its path (us_ca/prop64)"),
        _required("charge_id", STRING, "charge, as in charge"),
        Column("case_id", STRING, "case, as in charge"),
        _required("subject_id", STRING, "person, as in subject"),
        Column("county", STRING, "county, as in charge"),
        _required(
            "outcome",
            STRING,
            "eligible, not_yet, not_eligible, needs_review; out_of_scope where the pack does not decide the charge and may on recheck_on, "
            "or no longer does",
        ),
        _required("remedy", STRING, "what the law gives; at_least:X when it is X or better; no_change; none"),
        Column(
            "remedy_row",
            INT,
            "row of the pack's remedies that gave it, from 1, which has its reason and alternative; null where several results "
            "are possible or the record is not complete",
        ),
        Column("eligible_on", DATE, "day on which it first held or will hold; null where there is none"),
        Column(
            "recheck_on", DATE, "first later day on which a comparison with as_of or a dated value changes"
        ),
        _required("trace", STRING, "one letter a criterion in the pack's order: T F U t f -"),
        Column("missing", LONG, "bit mask of facts needed and unknown, in the pack's order of facts"),
        Column("witnesses", "array<string>", "ids of the other records that the deciding criteria rest on"),
    ),
    key=("run_id", "pack", "charge_id"),
    partitioned_by=("run_id",),
    constraints=(
        (
            "outcome_is_known",
            "outcome IN ('eligible', 'not_yet', 'not_eligible', 'needs_review', 'out_of_scope')",
        ),
    ),
    change_feed=True,
)

CRITERION = Table(
    "criterion",
    "The criteria of each pack text, and the facts that its decisions can miss.",
    (
        _required("pack", STRING, "pack, by its path"),
        _required("fingerprint", STRING, "fingerprint of the pack's text and of the law language"),
        _required("part", STRING, "criterion or fact"),
        _required("position", INT, "place in trace (criterion) or bit in missing (fact), from 0"),
        _required("id", STRING, "id of the criterion, or name of the fact in the vocabulary"),
        Column("says", STRING, "the criterion in one sentence"),
        Column("cite", STRING, "statute or rule that the criterion follows"),
        Column(
            "evidence",
            STRING,
            "how well that text was verified: S and a number (source seen), K (to be verified), C (a convention of ours), code (read in "
            "an earlier system)",
        ),
    ),
    key=("fingerprint", "part", "position"),
)

PACK = Table(
    "pack",
    "Full texts of the packs that were used.",
    (
        _required("fingerprint", STRING, "fingerprint, as in run"),
        _required("pack", STRING, "pack, by its path"),
        _required("status", STRING, "draft or reviewed"),
        _required("layer", STRING, "statute or policy"),
        _required("language", STRING, "version of the law language, which the fingerprint holds too"),
        _required("texts", "map<string, string>", "file name to text, options included"),
    ),
    key=("fingerprint",),
)

RUN = Table(
    "run",
    "One committed run. Written last: without its row here, a run does not exist.",
    (
        _required("run_id", STRING, "hash of what determines the result"),
        _required("position", LONG, "place in the chain, from 1"),
        _required(
            "kind",
            STRING,
            "full: every charge that the packs speak about was decided; incremental: those of people of whom something changed",
        ),
        _required(
            "builds_on",
            "array<string>",
            "of an incremental run the runs whose rows stand where it has none for a charge and pack, the last first and a full run at the "
            "end; else none",
        ),
        _required("as_of", DATE, "day for which the law was applied"),
        _required("options", STRING, "options as JSON: packs, counties, policies"),
        _required(
            "inputs",
            "array<struct<table_name: string, table_id: string, version: bigint>>",
            "record tables and the versions that were read",
        ),
        _required(
            "deliveries",
            "array<struct<delivery_id: string, row_sha256: string>>",
            "deliveries whose rows were read, and the hashes of their rows in delivery",
        ),
        _required("settled_to", LONG, "position of the last row of settlement that was read; 0 for none"),
        _required(
            "id_keys",
            "array<string>",
            "fingerprints of the id keys that made the ids of these deliveries: one, or none of deliveries that name none",
        ),
        _required(
            "seals",
            "array<struct<seal_id: string, row_sha256: string>>",
            "seals that had taken their charges out of what was read, and the hashes of their rows in seal",
        ),
        _required(
            "packs",
            "array<struct<pack: string, fingerprint: string, status: string, layer: string, counties: array<string>, "
            "takes_unreadable: boolean>>",
            "packs that were applied, and to which counties (an empty list is all), and whether to charges without a county",
        ),
        _required(
            "outputs",
            _OUTPUTS,
            "what was written: rows, content root, and the hash of each bucket of it",
        ),
        _required("decision_version", LONG, "version of the table decision that has the run's rows"),
        _required(
            "stopped",
            "array<string>",
            "runs that had rows in decision and none here as this one was committed: attempts that were stopped, or are under way",
        ),
        _required(
            "outcomes",
            "array<struct<pack: string, outcome: string, remedy: string, charges_count: bigint, subjects_count: bigint>>",
            "decisions that stand in the run by pack, outcome and remedy",
        ),
        _required(
            "out_of_scope",
            "array<struct<pack: string, reason: string, charges_count: bigint>>",
            "charges read that a pack does not decide, by reason",
        ),
        _required(
            "engines", "map<string, string>", "versions: clear_record, code, spark, delta, java, python"
        ),
        Column("key_id", STRING, "key that signs the run, as in signature; null where nobody signs it"),
        Column("previous_sha256", STRING, "row hash of the run before; null for the first"),
        _required("row_sha256", STRING, "hash of this row without this column"),
    ),
    key=("run_id",),
    change_feed=False,
)

SIGNATURE = Table(
    "signature",
    "Signatures of runs. A run that names a key has one here.",
    (
        _required("run_id", STRING, "run, as in run"),
        _required("key_id", STRING, "SHA-256 of the public key, in hex"),
        _required("public_key", STRING, "public key: the 32 bytes of Ed25519, in hex"),
        _required(
            "envelope",
            STRING,
            "DSSE envelope (JSON) around an in-toto statement about the run's row: its row_sha256 and content roots",
        ),
    ),
    key=("run_id", "key_id"),
)

SAMPLE = Table(
    "sample",
    "A charge that was drawn for attorneys to check, decided or out of scope. The rows of one sample are written at once.",
    (
        _required(
            "sample_id", STRING, "hash of run, seed, strata, packs and what was asked for (128 bits, hex)"
        ),
        _required("number", INT, "number of the charge in the sample, from 1"),
        _required("run_id", STRING, "run, as in run"),
        _required(
            "seed", LONG, "seed: charges are drawn in the order of SHA-256(seed|run_id|pack|charge_id)"
        ),
        _required(
            "asked", STRING, "what was asked for: size 300 (rounded up in each stratum), or per_stratum 20"
        ),
        _required(
            "strata", STRING, "columns that cut the strata, the first one pack: pack,outcome,reason,county"
        ),
        _required("pack", STRING, "pack, by its path (us_ca/prop64)"),
        _required("charge_id", STRING, "charge, as in charge"),
        _required("subject_id", STRING, "person, as in decision; of a charge out of scope as in charge"),
        _required("outcome", STRING, "as in decision, or out_of_scope"),
        _required(
            "reason",
            STRING,
            "name of the reason: a criterion that does not hold or is not known, not_known (facts), row_<n> or several_rows of the "
            "remedies, not in scope, the law has ended",
        ),
        _required("stratum", STRING, "stratum: the values of its columns, with / between"),
        _required("stratum_size", LONG, "charges in the stratum"),
        _required("stratum_drawn", LONG, "charges that were drawn of them; all of them where it is the size"),
    ),
    key=("sample_id", "number"),
)

REVIEW_MARK = Table(
    "review_mark",
    "What a reviewer says of a charge of a sample. Nothing is edited: of one reviewer's marks of a charge the last counts.",
    (
        _required("sample_id", STRING, "sample, as in sample"),
        _required("number", INT, "number of the charge in the sample"),
        _required("run_id", STRING, "run, as in run"),
        _required("pack", STRING, "pack, by its path"),
        _required("charge_id", STRING, "charge, as in charge"),
        _required("mark", STRING, "right, wrong, cannot_say"),
        Column("should_be", STRING, "what the decision should be, in the reviewer's words"),
        Column(
            "note", STRING, "the reviewer's note, as given, cut after 2,000 characters: it may name people"
        ),
        _required("marked_by", STRING, "who marked it"),
        _required("marked_on", DATE, "day on which it was marked, as the reviewer says"),
        _required("position", LONG, "place of the sheet among all that came back, from 1"),
        _required("sheet_sha256", STRING, "SHA-256 of the sheet that came back"),
    ),
    key=("sample_id", "number", "position"),
    # As delta-rs writes it, which would write IN so too.
    constraints=(("mark_is_known", "mark = 'right' OR mark = 'wrong' OR mark = 'cannot_say'"),),
)

SETTLEMENT = Table(
    "settlement",
    "A fact that a reviewer settled from the file, for a decision that missed it. Of one fact of a charge the last settlement "
    "counts, and in place of what is recorded.",
    (
        _required(
            "settlement_id", STRING, "SHA-256 of the row's other columns but key_id, public_key and envelope"
        ),
        _required("charge_id", STRING, "charge, as in charge"),
        _required("subject_id", STRING, "person, as in charge"),
        _required("name", STRING, "name of the fact, as in fact (cannabis_g)"),
        Column("value", STRING, "value, as in fact; null where the file shows that there was none"),
        Column("unit", STRING, "unit of value"),
        _required("reference", STRING, "where the file says so, in the reviewer's words"),
        _required("settled_by", STRING, "who settled it"),
        _required("settled_on", DATE, "day on which it was settled, as the reviewer says"),
        _required("run_id", STRING, "run whose decision missed the fact"),
        _required("position", LONG, "place of the settlements written together among all, from 1"),
        Column("key_id", STRING, "SHA-256 of the public key that signs it, in hex; null where nobody signs"),
        Column("public_key", STRING, "public key: the 32 bytes of Ed25519, in hex"),
        Column("envelope", STRING, "DSSE envelope (JSON) around an in-toto statement about settlement_id"),
    ),
    key=("settlement_id",),
)

DECISION_CHANGE = Table(
    "decision_change",
    "One row for each charge and pack that two runs decide otherwise, with what caused it.",
    (
        _required("diff_id", STRING, "hash of the two runs and of the code that compared them"),
        _required("run_before", STRING, "the run that is compared, as in run"),
        _required("run_after", STRING, "the run that it is compared with, as in run"),
        _required("pack", STRING, "pack, by its path"),
        _required("charge_id", STRING, "charge, as in charge"),
        Column("case_id", STRING, "case, as in charge"),
        _required("subject_id", STRING, "person, as in subject"),
        Column("county", STRING, "county, as in charge"),
        Column(
            "outcome_before", STRING, "outcome in the first run; null where it decided nothing for the charge"
        ),
        Column("remedy_before", STRING, "remedy in the first run"),
        Column("eligible_on_before", DATE, "eligible_on in the first run"),
        Column(
            "outcome_after", STRING, "outcome in the second run; null where it decided nothing for the charge"
        ),
        Column("remedy_after", STRING, "remedy in the second run"),
        Column("eligible_on_after", DATE, "eligible_on in the second run"),
        _required(
            "causes",
            "array<string>",
            "what changed the decision, found by deciding with one thing exchanged after the other, in this order: records, law, "
            "options, as_of; code where only the program differs",
        ),
        _required(
            "criteria",
            "array<string>",
            "ids of the criteria whose letters in the trace differ, and of those that only one law has",
        ),
        _required(
            "law",
            "array<string>",
            "parameters and offense lists that these criteria ask and whose values differ",
        ),
        _required(
            "records",
            "array<string>",
            "rows of the person that only the second run read, as <table> <delivery_id>:<file>:<line>, and what only it knew as withdrawn, as "
            "withdrawal <delivery_id> <table> <record_id>; empty if records are no cause",
        ),
    ),
    key=("diff_id", "pack", "charge_id"),
    partitioned_by=("diff_id",),
)

ROTATION = Table(
    "rotation",
    "A rotation of the id key, the oldest first; the last one made this lake out of another one, whose record tables it carried "
    "over under new ids. Written first: the lake is whole once it has the deliveries that it names.",
    (
        _required("position", LONG, "place among the rotations that led here, from 1"),
        _required("id_key_before", STRING, "fingerprint of the id key of the lake before"),
        _required("id_key", STRING, "fingerprint of the id key after: the same ring with one more secret"),
        Column(
            "head_sha256", STRING, "row_sha256 of the last run of the lake before; null where it had none"
        ),
        _required(
            "deliveries",
            "array<struct<delivery_id: string, row_sha256: string>>",
            "deliveries that were carried over, and the hashes of their rows in the lake before",
        ),
        _required("rotated_by", STRING, "who rotated the key"),
        _required("rotated_on", DATE, "day on which it was rotated"),
        _required("row_sha256", STRING, "hash of this row without this column; the deliveries name it"),
    ),
    key=("position",),
)

IDENTITY = Table(
    "identity",
    "How a delivery names a person. It stands in the vault, never in the lake.",
    (
        _required("subject_id", STRING, "person, as in subject"),
        _required(
            "delivery_id",
            STRING,
            "delivery that it came with; rows of one without a row in delivery do not count",
        ),
        _required("person_number", STRING, "the state's person id, as delivered"),
        _required(
            "parts",
            _PARTS,
            "what else identifies the person (name, ssn), by the names of the source; several of one, joined by ;",
        ),
    ),
    key=("subject_id", "delivery_id"),
)

CHARGE_IDENTITY = Table(
    "charge_identity",
    "How a delivery names a charge. It stands in the vault, never in the lake.",
    (
        _required("charge_id", STRING, "charge, as in charge"),
        _required("subject_id", STRING, "person, as in charge"),
        _required(
            "delivery_id",
            STRING,
            "delivery that it came with; rows of one without a row in delivery do not count",
        ),
        _required(
            "charge_key",
            STRING,
            "the columns that identify the charge of its person, as delivered, put together with |",
        ),
        Column("case_number", STRING, "the court's case number, as delivered"),
        _required(
            "parts",
            _PARTS,
            "what else identifies the charge, by the names of the source; several of one, joined by ;",
        ),
    ),
    key=("charge_id", "delivery_id"),
)

VAULT_READ = Table(
    "vault_read",
    "Who read identities. The row is written before anything is read.",
    (
        _required("read_id", STRING, "hash of the row's other columns (128 bits, hex)"),
        _required("run_id", STRING, "run whose lists were asked for, as in run"),
        _required("read_by", STRING, "who read them, by the name given or the account of the machine"),
        _required("read_at", STRING, "moment of the read: ISO 8601, UTC"),
        _required("purpose", STRING, "what they were read for, and where they went"),
        _required("subjects_count", LONG, "people who are named"),
        _required("charges_count", LONG, "charges that are named"),
    ),
    key=("read_id",),
)

SALT = Table(
    "salt",
    "What makes the hashes of a person's rows: whoever has a hash and not the salt cannot find the row by trying. It goes when a charge "
    "is sealed, and the salts of the other charges' rows stand in its place.",
    (
        _required("subject_id", STRING, "person, as in subject"),
        Column(
            "charge_id",
            STRING,
            "null: the person's own salt, from which those of all rows follow; else the charge whose rows have this salt, empty for rows "
            "of no charge",
        ),
        _required(
            "salt",
            STRING,
            "in hex; of rows SHA-256 of the person's own salt and the charge_id, or random where that salt was gone",
        ),
    ),
    key=("subject_id", "charge_id"),
    append_only=False,
)

SEAL = Table(
    "seal",
    "Charges that the law says must be gone, and were taken out of all tables.",
    (
        _required("seal_id", STRING, "hash of the marks and of the seal before (128 bits, hex)"),
        _required("position", LONG, "place in the chain, from 1"),
        _required("sealed_on", DATE, "day on which they were sealed"),
        _required("sealed_by", STRING, "who sealed them"),
        _required("under", STRING, "statute or order that says so"),
        _required(
            "marks",
            "array<string>",
            "SHA-256 of each charge_id, by which a sealed charge is known when it is delivered again",
        ),
        _required("people_gone_count", LONG, "people of whom all rows went, since no charge was left"),
        _required(
            "tables",
            "array<struct<table_name: string, version: bigint, rows_count: bigint>>",
            "tables from which rows were taken, the newest version before, and how many; that version and earlier ones are read as the "
            "newest, which has all their other rows",
        ),
        _required("sealed_rows_count", LONG, "rows in sealed_row"),
        _required("content_root", STRING, "content root of the seal's rows in sealed_row"),
        Column("key_id", STRING, "SHA-256 of the public key that signs it, in hex; null where nobody signs"),
        Column("public_key", STRING, "public key: the 32 bytes of Ed25519, in hex"),
        Column("envelope", STRING, "DSSE envelope (JSON) around an in-toto statement about row_sha256"),
        Column("previous_sha256", STRING, "row hash of the seal before; null for the first"),
        _required(
            "row_sha256",
            STRING,
            "hash of this row without this column, public_key and envelope; later runs name it",
        ),
    ),
    key=("seal_id",),
)

SEALED_ROW = Table(
    "sealed_row",
    "The hash of each row that a seal took out of a committed delivery or run, so that the roots of these can still be checked.",
    (
        _required("seal_id", STRING, "seal, as in seal; rows of none are of an attempt that stopped"),
        _required("table_name", STRING, "table in which the row stood"),
        _required("committed_in", STRING, "delivery_id or run_id of the row"),
        Column("mark", STRING, "of a decision SHA-256 of its charge_id, else null"),
        _required("row_hash", STRING, "hash of the row, whose salt is gone"),
    ),
    key=("seal_id", "table_name", "committed_in", "row_hash"),
)

RECORD_TABLES = (
    SUBJECT,
    CHARGE,
    DISPOSITION,
    SENTENCE,
    SUPERVISION,
    REGISTRATION,
    FACT,
    SUBJECT_LINK,
    COVERAGE,
    REJECT,
    WITHDRAWAL,
    DELIVERY,
)
DECISION_TABLES = (DECISION, CRITERION, PACK, RUN, SIGNATURE)
# Tables that reviewers write, without Spark: flat columns only.
REVIEW_TABLES = (SAMPLE, REVIEW_MARK, SETTLEMENT)
AUDIT_TABLES = (DECISION_CHANGE,)
# These stand under a root of their own.
VAULT_TABLES = (IDENTITY, CHARGE_IDENTITY, VAULT_READ)
SEAL_TABLES = (SALT, SEAL, SEALED_ROW)
TABLES = {
    table.name: table
    for table in (
        *RECORD_TABLES,
        *DECISION_TABLES,
        *AUDIT_TABLES,
        *REVIEW_TABLES,
        *SEAL_TABLES,
        ROTATION,
        *VAULT_TABLES,
    )
}
