"""Counts people by what a run means for them: one pass over charges, decisions and people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from clear_record.decide.values import event_is_absent

NOT_RECORDED = "not recorded"


@dataclass(frozen=True, slots=True)
class Group:
    """Packs that are told of together: a statute alone, or the policies of all offices; `remedies` are what they gave."""

    title: str
    packs: tuple[str, ...]
    remedies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PeopleOfGroup:
    """People by what a group of packs decided for them; a person may be counted in several.

    `left_without_felony` and `left_without_conviction` had one and have none if all relief is granted.
    """

    in_scope: int
    eligible: int
    to_review: int
    left_without_felony: int
    left_without_conviction: int
    by_remedy: Mapping[str, int]

    def __add__(self, other: "PeopleOfGroup") -> "PeopleOfGroup":
        return PeopleOfGroup(
            self.in_scope + other.in_scope,
            self.eligible + other.eligible,
            self.to_review + other.to_review,
            self.left_without_felony + other.left_without_felony,
            self.left_without_conviction + other.left_without_conviction,
            {remedy: count + other.by_remedy[remedy] for remedy, count in self.by_remedy.items()},
        )


@dataclass(frozen=True, slots=True)
class People:
    """People of one race (or all): how many there are, their convictions that stand, and what each group decided."""

    count: int
    convictions: int
    with_felony: int
    with_conviction: int
    by_group: Mapping[str, PeopleOfGroup]

    def __add__(self, other: "People") -> "People":
        return People(
            self.count + other.count,
            self.convictions + other.convictions,
            self.with_felony + other.with_felony,
            self.with_conviction + other.with_conviction,
            {title: each + other.by_group[title] for title, each in self.by_group.items()},
        )

    @classmethod
    def nobody(cls, groups: Sequence[Group]) -> "People":
        none = {
            group.title: PeopleOfGroup(0, 0, 0, 0, 0, dict.fromkeys(group.remedies, 0)) for group in groups
        }
        return cls(0, 0, 0, 0, none)


def marked_decisions(decisions: DataFrame, groups: Sequence[Group]) -> DataFrame:
    """One row a charge (subject_id, charge_id): for each group g whether it is in scope, eligible, to review, and so on."""
    granted = F.regexp_replace("remedy", "^at_least:", "")
    marks: list[Column] = []
    for at, group in enumerate(groups):
        is_of_group = F.col("pack").isin(*group.packs)
        is_eligible = is_of_group & (F.col("outcome") == "eligible")
        ends_conviction = is_eligible & granted.startswith("dismiss")
        says = {
            "in_scope": is_of_group,
            "eligible": is_eligible,
            "to_review": is_of_group & (F.col("outcome") == "needs_review"),
            "ends_conviction": ends_conviction,
            "ends_felony": ends_conviction | is_eligible & granted.startswith("redesignate"),
            **{
                f"remedy_{number}": is_eligible & (F.col("remedy") == remedy)
                for number, remedy in enumerate(group.remedies)
            },
        }
        marks += [F.max(value).alias(f"{name}_of_{at}") for name, value in says.items()]
    return decisions.groupBy("subject_id", "charge_id").agg(*marks)


def people_by_race(
    charges: DataFrame, subjects: DataFrame, groups: Sequence[Group], as_of: Column
) -> dict[str, People]:
    """People by race as recorded.

    `charges` is every charge that is a counted conviction (`is_counted`) or was decided, with the marks of `marked_decisions`
    (null where not decided), spread by subject_id.
    """
    counted = F.col("is_counted")
    reduction_is_absent = event_is_absent(F.col("reduced_earliest"), F.col("reduced_latest"), as_of)
    grade = F.when(~reduction_is_absent.possible, F.coalesce("grade_after", "grade")).otherwise(
        F.col("grade")
    )
    is_felony, may_be_felony = (
        counted & F.coalesce(grade == "F", F.lit(unknown)) for unknown in (False, True)
    )
    of_person = {
        "convictions": F.count_if(counted),
        "with_felony": F.max(is_felony),
        "with_conviction": F.max(counted),
    }
    for at, group in enumerate(groups):
        ended, felony_ended = (
            F.coalesce(f"{name}_of_{at}", F.lit(False)) for name in ("ends_conviction", "ends_felony")
        )
        for name in ("in_scope", "eligible", "to_review", *_remedy_names(group)):
            of_person[f"{name}_of_{at}"] = F.max(F.coalesce(f"{name}_of_{at}", F.lit(False)))
        of_person[f"keeps_conviction_of_{at}"] = F.max(counted & ~ended)
        of_person[f"keeps_felony_of_{at}"] = F.max(may_be_felony & ~felony_ended)
    people = charges.groupBy("subject_id").agg(*[column.alias(name) for name, column in of_person.items()])
    sums = {
        "count": F.count("*"),
        "convictions": F.coalesce(F.sum("convictions"), F.lit(0)),
        "with_felony": F.count_if("with_felony"),
        "with_conviction": F.count_if("with_conviction"),
    }
    for at, group in enumerate(groups):
        for name in ("in_scope", "eligible", "to_review", *_remedy_names(group)):
            sums[f"{name}_of_{at}"] = F.count_if(f"{name}_of_{at}")
        for kind in ("felony", "conviction"):
            left = F.col(f"with_{kind}") & ~F.col(f"keeps_{kind}_of_{at}")
            sums[f"left_without_{kind}_of_{at}"] = F.count_if(left)
    counts = (
        subjects.select("subject_id", "race")
        .join(people, "subject_id", "left")
        .groupBy("race")
        .agg(*[column.alias(name) for name, column in sums.items()])
    )
    return {row["race"] or NOT_RECORDED: _people(row.asDict(), groups) for row in counts.collect()}


def _remedy_names(group: Group) -> list[str]:
    return [f"remedy_{number}" for number in range(len(group.remedies))]


def _people(counts: Mapping[str, int], groups: Sequence[Group]) -> People:
    by_group = {
        group.title: PeopleOfGroup(
            in_scope=counts[f"in_scope_of_{at}"],
            eligible=counts[f"eligible_of_{at}"],
            to_review=counts[f"to_review_of_{at}"],
            left_without_felony=counts[f"left_without_felony_of_{at}"],
            left_without_conviction=counts[f"left_without_conviction_of_{at}"],
            by_remedy={
                remedy: counts[f"{name}_of_{at}"]
                for remedy, name in zip(group.remedies, _remedy_names(group), strict=True)
            },
        )
        for at, group in enumerate(groups)
    }
    return People(
        count=counts["count"],
        convictions=counts["convictions"],
        with_felony=counts["with_felony"],
        with_conviction=counts["with_conviction"],
        by_group=by_group,
    )
