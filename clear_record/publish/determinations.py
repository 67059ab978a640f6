"""What a policy's decision is called in the published lists, and why: the words that offices know.

A run has few different decisions (pack, office, outcome, remedy and its row, trace and missing facts), whatever the number of charges: they
are counted and worded once each, and the words are joined to the charges.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from clear_record.errors import InputRefused, NotReproducible
from clear_record.lake import Lake
from clear_record.law.pack import Pack
from clear_record.law.pack_reader import pack_of
from clear_record.law.words import fact_in_words, in_words
from clear_record.spark import small_table

HAND_REVIEW = "Hand Review"
REFERRED = "To be reviewed by City Attorneys"
DISMISSAL = "Eligible for Dismissal"
REDUCTION = "Eligible for Reduction"
NOT_ELIGIBLE = "Not eligible"
_AT_LEAST = "at_least:"
# The criterion by which a policy says that it makes no determination.
_NO_DETERMINATION = "no_choice_applies"

KEYS = ("pack", "office", "outcome", "remedy", "remedy_row", "trace", "missing")
KEYS_DDL = (
    "pack string, office int, outcome string, remedy string, remedy_row int, trace string, missing bigint"
)


@dataclass(frozen=True, slots=True)
class UsedPack:
    """A pack as a run used it, and the counties that it decided; none is all that no other one of the name decided."""

    pack: Pack
    counties: tuple[str, ...]

    @property
    def is_policy(self) -> bool:
        return self.pack.layer == "policy"


@dataclass(frozen=True, slots=True)
class Tally:
    """Decisions that are alike, and the number of their charges. `office` is the place of the pack in the run."""

    pack: str
    office: int
    outcome: str
    remedy: str
    remedy_row: int | None
    trace: str
    missing: int | None
    charges_count: int
    reason: str | None
    missing_facts: tuple[str, ...]
    is_no_determination: bool

    @property
    def granted(self) -> str:
        """The remedy, or the least of those still possible."""
        return self.remedy.removeprefix(_AT_LEAST)

    @property
    def is_open(self) -> bool:
        """Whether the right to relief is certain and its extent is not."""
        return self.remedy.startswith(_AT_LEAST)


def used_packs(lake: Lake, run: Row) -> list[UsedPack]:
    """The packs of a run in its order, read from the texts that the lake keeps. Raises NotReproducible where a text is not there."""
    texts = {row["fingerprint"]: row["texts"] for row in lake.read("pack").collect()}
    used = []
    for each in run["packs"]:
        if each["fingerprint"] not in texts:
            raise NotReproducible(
                f"the lake does not keep the text of pack [{each['pack']}] of run [{run['run_id']}]"
            )
        used.append(UsedPack(pack_of(texts[each["fingerprint"]], each["pack"]), tuple(each["counties"])))
    return used


def check_policies(run: Row, used: Sequence[UsedPack]) -> None:
    """Raises InputRefused where no pack is of the policy layer, or two of them decided the same charges: a delivered row can show one."""
    policies = [each for each in used if each.is_policy]
    if not policies:
        raise InputRefused(
            f"run [{run['run_id']}] decided by no office's policy, which the lists show; decide with one (us_ca/office_policy)"
        )
    named = [county for each in policies for county in each.counties]
    rest = {each.pack.name for each in policies if not each.counties}
    if len(named) != len(set(named)) or len(rest) > 1:
        raise InputRefused(
            f"run [{run['run_id']}] decided the same charges by two policies; decide with one, and publish that"
        )


def with_office(decisions: DataFrame, used: Sequence[UsedPack]) -> DataFrame:
    """The decisions beside `office`: the place (from 0) of the pack that decided them in the run."""
    office = F.lit(None).cast("int")
    for name in dict.fromkeys(each.pack.name for each in used):
        places = [at for at, each in enumerate(used) if each.pack.name == name]
        rest = next((at for at in places if not used[at].counties), places[0])
        own = F.lit(rest)
        for at in places:
            if used[at].counties and len(places) > 1:
                own = F.when(F.col("county").isin(*used[at].counties), at).otherwise(own)
        office = F.when(F.col("pack") == name, own).otherwise(office)
    return decisions.withColumn("office", office)


def tally(decisions: DataFrame, used: Sequence[UsedPack]) -> list[Tally]:
    """The different decisions of a run (see `with_office`), counted. One small job."""
    counted = decisions.groupBy(*KEYS).agg(F.count("*").alias("charges_count"))
    return [_tally(row, used[row["office"]].pack) for row in counted.collect()]


def _tally(row: Row, pack: Pack) -> Tally:
    missing = row["missing"] or 0
    return Tally(
        **{key: row[key] for key in (*KEYS, "charges_count")},
        reason=None if row["remedy_row"] is None else pack.rows[row["remedy_row"] - 1].reason,
        missing_facts=tuple(name for bit, name in enumerate(pack.facts) if missing >> bit & 1),
        is_no_determination=is_no_determination(pack, row["outcome"], row["remedy"], row["trace"]),
    )


def is_no_determination(pack: Pack, outcome: str, remedy: str, trace: str) -> bool:
    """Whether a policy made no determination for certain or maybe, so that its decision may not be called a denial."""
    letters = {each.id: letter for each, letter in zip(pack.criteria, trace, strict=True)}
    none_applies = letters.get(_NO_DETERMINATION, "F") in "TtU"
    return outcome == "not_eligible" and remedy == "none" and none_applies


def words_of(spark: SparkSession, tallies: Sequence[Tally]) -> DataFrame:
    """The determination and the reason of each different decision, as a small frame with the decision's keys."""
    rows = [
        (*(getattr(each, key) for key in KEYS), determination(each), reason_given(each)) for each in tallies
    ]
    return small_table(spark, rows, f"{KEYS_DDL}, determination string, reason string")


def with_words(decisions: DataFrame, words: DataFrame) -> DataFrame:
    """The decisions beside the words of each: `words` has the decision's keys and other columns."""
    named = words.withColumnsRenamed({key: f"its_{key}" for key in KEYS})
    same = [F.col(key).eqNullSafe(F.col(f"its_{key}")) for key in KEYS]
    return decisions.join(F.broadcast(named), same).drop(*[f"its_{key}" for key in KEYS])


def determination(decided: Tally) -> str:
    """The word of the column `Eligibility Determination`; blank for no determination."""
    if decided.outcome == "needs_review":
        return REFERRED if decided.remedy == "refer" else HAND_REVIEW
    if decided.outcome == "eligible":
        if decided.granted.startswith("dismiss"):
            return DISMISSAL
        return (
            REDUCTION
            if decided.granted.startswith("redesignate")
            else f"Eligible ({in_words(decided.granted)})"
        )
    return "" if decided.is_no_determination else NOT_ELIGIBLE


def reason_given(decided: Tally) -> str:
    """The text of the column `Eligibility Reason`: the choice that decided, and what is missing where that matters."""
    if decided.is_no_determination:
        return ""
    given = [decided.reason] if decided.reason else []
    if decided.trace.startswith("U"):
        given.append("A row about the person could not be read")
    elif (decided.outcome == "needs_review" or decided.is_open) and decided.missing_facts:
        given.append("Not known: " + ", ".join(dict.fromkeys(map(fact_in_words, decided.missing_facts))))
    return "; ".join(given)
