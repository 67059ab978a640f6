"""Publish one committed run: its lists, and a summary.

Of an extract these are the lists that offices know, from the policies' decisions and the delivered files; of a state's own tables lists of
each county, from all decisions and the vault.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from clear_record.decide.committed import find_run, inputs_of, standing_decisions
from clear_record.decide.links import as_one_person, persons
from clear_record.decide.values import event_is_absent
from clear_record.errors import InputRefused
from clear_record.ingest.source import Source
from clear_record.ingest.tables.source import TablesSource
from clear_record.lake import Lake
from clear_record.law.pack import OffenseList, Pack
from clear_record.publish import added_columns, determinations, statistics
from clear_record.publish.county_lists import (
    Listed,
    asked_of_vault,
    listed_charges,
    parts_of,
    write_county_lists,
)
from clear_record.publish.delivered import Delivered, find
from clear_record.publish.determinations import Tally, UsedPack
from clear_record.publish.extract import Places
from clear_record.publish.folder import Aside, written_aside
from clear_record.publish.layout import SUMMARY
from clear_record.publish.lists import ListedFile, folder_names, write_lists
from clear_record.publish.merge import Merged
from clear_record.publish.statistics import Group, People
from clear_record.publish.summary import GroupSummary, Published, Read, Summary, group_summary
from clear_record.records import Records
from clear_record.spark import small_table
from clear_record.vault.place import VaultAccess, found_vault
from clear_record.vault.reading import read_identities

AnySource = Source | TablesSource

_POLICIES = "The offices' policies"
_CHARGE_COLUMNS = (
    "subject_id", "charge_id", "kind", "grade", "grade_after", "delivery_id", "file", "line",
    *(f"offense_{part}" for part in ("code", "section", "subdivisions", "attempt", "conspiracy", "is_readable")),
    *(f"{event}_{end}" for event in ("convicted", "set_aside", "dismissed", "reduced") for end in ("earliest", "latest")),
)  # fmt: skip


def publish(
    lake: Lake,
    run_id: str,
    out: Path,
    source_of: Callable[[str], AnySource],
    packs: Sequence[Pack] = (),
    inputs: Sequence[str] = (),
    *,
    access: VaultAccess | None = None,
    replace: bool = False,
) -> Published:
    """Write the lists of a run (`latest` is the end of the chain) and its summary into the folder `out`.

    `source_of` gives a source by its name. `packs` lend their lists of strikes and registrable offenses where the run's own
    packs have none. `inputs` are where the delivered files are now, if they were moved. `access` says who reads the vault, which a run
    over tables needs. Raises InputRefused for an unknown run, of an extract one without one policy for each charge, an `out` that may
    not be written, and a vault in which the read cannot be noted; NotReproducible where a delivered file, a version of a table, a
    pack's text or the vault is gone or changed.
    """
    run = committed_run(lake, run_id)
    with written_aside(out, run["run_id"], replace=replace) as aside:
        return _Publication(lake, run, packs).write(out, aside, source_of, inputs, access)


def committed_run(lake: Lake, run_id: str) -> Row:
    """The row of a run; `latest` is the end of the chain. Raises InputRefused where there is none."""
    latest = find_run(lake, "latest") if lake.exists("run") else None
    if latest is None:
        raise InputRefused(f"there is no run in the lake [{lake.root}]; decide first")
    run = latest if run_id == "latest" else find_run(lake, run_id)
    if run is None:
        raise InputRefused(f"there is no run [{run_id}]; the latest is [{latest['run_id']}]")
    return run


class _Publication:
    """What one publish reads of a run: its packs, its decisions, and the record tables as the run read them."""

    def __init__(self, lake: Lake, run: Row, packs: Sequence[Pack]) -> None:
        self.lake = lake
        self.run = run
        self.as_of = F.lit(run["as_of"])
        self.records = Records(lake, inputs_of(run))
        self.persons = persons(self.records.rows("subject_link"), run["as_of"])
        self.used = determinations.used_packs(lake, run)
        self.lists = _lists([*(each.pack for each in self.used), *packs])
        decisions = standing_decisions(lake, run)
        self.decisions = determinations.with_office(decisions, self.used).repartition("subject_id")
        self.tallies = determinations.tally(self.decisions, self.used)
        self.groups = _groups(self.used, self.tallies)

    def write(
        self,
        out: Path,
        aside: Aside,
        source_of: Callable[[str], AnySource],
        inputs: Sequence[str],
        access: VaultAccess | None,
    ) -> Published:
        deliveries = self.records.read("delivery").orderBy("received_on", "delivery_id").collect()
        sources = {each["source"]: source_of(each["source"]) for each in deliveries}
        merged = self._write_extracts(deliveries, sources, inputs, aside)
        listed = self._write_tables(deliveries, sources, access, out, aside)
        summary = self._summary(deliveries)
        (aside.lists / SUMMARY).write_text(json.dumps(summary.as_dict(), indent=2) + "\n")
        names = sorted(str(path.relative_to(aside.lists)) for path in aside.lists.rglob("*.csv"))
        return Published(
            summary,
            out,
            (*names, SUMMARY),
            rows_count=sum(each.rows_count for each in merged) + listed.rows_count,
            decided_rows_count=sum(each.decided_count for each in merged) + listed.rows_count,
            without_county_count=sum(each.without_county_count for each in merged)
            + listed.without_county_count,
        )

    def _write_extracts(
        self, deliveries: Sequence[Row], sources: Mapping[str, AnySource], inputs: Sequence[str], aside: Aside
    ) -> list[Merged]:
        """The lists that follow delivered files."""
        extracts = {name: each for name, each in sources.items() if isinstance(each, Source)}
        if not extracts:
            return []
        determinations.check_policies(self.run, self.used)
        return write_lists(self._decided(), _files(deliveries, extracts, inputs), aside)

    def _write_tables(
        self,
        deliveries: Sequence[Row],
        sources: Mapping[str, AnySource],
        access: VaultAccess | None,
        out: Path,
        aside: Aside,
    ) -> Listed:
        """The lists of counties."""
        of_tables = {name: each for name, each in sources.items() if isinstance(each, TablesSource)}
        if not of_tables:
            return Listed(0, 0)
        if access is None:
            raise InputRefused("who reads identities is noted in the vault: name it with --by NAME")
        vault = found_vault(self.lake, access.root)
        rows = [
            (each["delivery_id"], each["received_on"]) for each in deliveries if each["source"] in of_tables
        ]
        delivered = small_table(self.lake.spark, rows, "delivery_id string, received_on date")
        charges, subjects = (
            self.records.rows(name).join(F.broadcast(delivered), "delivery_id", "left_semi")
            for name in ("charge", "subject")
        )
        listed = listed_charges(self.decisions, self.used, self.tallies, charges, subjects)
        parts, states = parts_of(of_tables.values()), {each.state for each in of_tables.values()}
        asked = asked_of_vault(listed, self.run["run_id"], out)
        people_and_charges = read_identities(vault, access, asked, delivered, parts)
        return write_county_lists(listed, *people_and_charges, parts, states, aside)

    def _charges(self) -> DataFrame:
        """All charges beside `is_counted`, spread by person: by whom a person id stood for when the run decided."""
        charges = as_one_person(
            self.records.rows("charge").select(*_CHARGE_COLUMNS), self.persons
        ).repartition("subject_id")
        return charges.withColumn("is_counted", added_columns.is_counted_conviction(self.as_of))

    def _decided(self) -> DataFrame:
        """The charges that a policy decided, with what `write_lists` needs."""
        policies = [each.pack.name for each in self.used if each.is_policy]
        words = determinations.words_of(
            self.lake.spark, [each for each in self.tallies if each.pack in policies]
        )
        decided = determinations.with_words(self.decisions.where(F.col("pack").isin(*policies)), words)
        keyed = decided.select(
            "subject_id",
            "charge_id",
            "determination",
            "reason",
            F.col("county").isNotNull().alias("is_with_county"),
        )
        charges = self._charges().join(keyed, ["subject_id", "charge_id"], "left")
        charges = charges.where((F.col("kind") == "conviction") | F.col("determination").isNotNull())
        recorded = added_columns.with_record(charges, self.lists, self.as_of).where(
            F.col("determination").isNotNull()
        )
        for name, people in (("is_deceased", self._deceased()), ("is_registered", self._registered())):
            recorded = recorded.join(people.withColumn(name, F.lit(True)), "subject_id", "left")
        return recorded.select(
            *(
                "delivery_id",
                "file",
                "line",
                "charge_id",
                "offense_section",
                "offense_subdivisions",
                "is_with_county",
            ),
            "convictions_count",
            added_columns.record_as_csv(self.as_of).alias("record_csv"),
        )

    def _deceased(self) -> DataFrame:
        lives = event_is_absent(F.col("deceased_earliest"), F.col("deceased_latest"), self.as_of).certain
        subjects = self.records.rows("subject")
        return subjects.where(~lives).select("subject_id")

    def _registered(self) -> DataFrame:
        begun = ~F.coalesce(F.col("registered_from_earliest") > self.as_of, F.lit(False))
        registrations = self.records.rows("registration")
        return registrations.where((F.col("kind") == "sex_offender") & begun).select("subject_id").distinct()

    def _summary(self, deliveries: Sequence[Row]) -> Summary:
        marks = statistics.marked_decisions(self.decisions, self.groups)
        charges = self._charges().join(marks, ["subject_id", "charge_id"], "left")
        subjects = self.records.rows("subject").join(self.persons, "subject_id", "left_anti")
        by_race = statistics.people_by_race(charges, subjects, self.groups, self.as_of)
        everyone = sum(by_race.values(), start=People.nobody(self.groups))
        rejected = self._rejected()
        return Summary(
            run_id=self.run["run_id"],
            as_of=self.run["as_of"].isoformat(),
            draft_packs=tuple(
                dict.fromkeys(each.pack.name for each in self.used if each.pack.status == "draft")
            ),
            read=Read(
                deliveries=len(deliveries),
                rows=sum(each["rows_read_count"] for each in deliveries),
                rows_rejected={row["code"]: row["count"] for row in rejected},
                people=everyone.count,
                convictions=everyone.convictions,
            ),
            with_felony=everyone.with_felony,
            with_conviction=everyone.with_conviction,
            groups=tuple(self._group_summary(group, by_race) for group in self.groups),
        )

    def _rejected(self) -> list[Row]:
        """Rejected rows by code."""
        rejects = self.records.rows("reject")
        return rejects.groupBy("code").agg(F.count("*").alias("count")).orderBy("code").collect()

    def _group_summary(self, group: Group, by_race: Mapping[str, People]) -> GroupSummary:
        reasons: dict[str, int] = {}
        for each in self.run["out_of_scope"]:
            if each["pack"] in group.packs and each["charges_count"]:
                reasons[each["reason"]] = reasons.get(each["reason"], 0) + each["charges_count"]
        tallies = [each for each in self.tallies if each.pack in group.packs]
        return group_summary(group, tallies, reasons, by_race)


def _groups(used: Sequence[UsedPack], tallies: Sequence[Tally]) -> list[Group]:
    """The statutes one by one, and the policies of all offices together; with the remedies that they gave, best first."""
    names: dict[str, list[str]] = {}
    for each in used:
        title = _POLICIES if each.is_policy else f"{each.pack.title} ({each.pack.name})"
        names.setdefault(title, [])
        if each.pack.name not in names[title]:
            names[title].append(each.pack.name)
    ladder = [remedy for each in used for remedy in reversed(each.pack.ladder)]
    groups = []
    for title, packs in names.items():
        given = {each.remedy for each in tallies if each.pack in packs and each.outcome == "eligible"}
        in_order = sorted(given, key=lambda remedy: (_place(remedy, ladder), remedy))
        groups.append(Group(title, tuple(packs), tuple(in_order)))
    return groups


def _place(remedy: str, ladder: Sequence[str]) -> int:
    granted = remedy.removeprefix("at_least:")
    return ladder.index(granted) if granted in ladder else len(ladder)


def _lists(packs: Sequence[Pack]) -> dict[str, OffenseList]:
    """The lists of strikes and registrable offenses, each of the first pack that has it."""
    lists: dict[str, OffenseList] = {}
    for pack in packs:
        lists = {
            **{name: each for name, each in pack.lists.items() if name in added_columns.LIST_NAMES},
            **lists,
        }
    return lists


def _files(
    deliveries: Sequence[Row], sources: Mapping[str, Source], inputs: Sequence[str]
) -> list[ListedFile]:
    """The files of the deliveries of these sources, found and checked, with what their sources say of them."""
    files, places = [], []
    for delivery in deliveries:
        if delivery["source"] not in sources:
            continue
        source = sources[delivery["source"]]
        place = Places(
            source.position("subject"),
            source.position("count_order"),
            source.position("offense_number"),
            source.position("comment"),
            len(source.columns) - 1,
        )
        for position, each in enumerate(delivery["files"], start=1):
            known = (each["name"], each["uri"], each["sha256"], each["bytes"], each["has_header"])
            files.append(
                Delivered(delivery["delivery_id"], position, *known, source.encoding, source.columns)
            )
            places.append(place)
    folders = folder_names([each.name for each in files])
    return [ListedFile(*each) for each in zip(files, find(files, inputs), places, folders, strict=True)]
