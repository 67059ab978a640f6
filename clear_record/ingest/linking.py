"""Ties the counts of a cycle's steps to charges (docs/decisions/linking-counts.md).

A count stands in several steps under different numbers: at the arrest, at court, in what later undid or changed it. Within a
cycle, step by step, a count belongs to the charge with the same offense; where that offense stands there several times, the
number decides too; where it stands nowhere, the number does, with a charge that has no count in that step.
"""

from pyspark.sql import Column
from pyspark.sql import functions as F

from clear_record.ingest.columns import let

_LINKED = (
    "array<struct<i: int, root: int, step: int, count: int, charged: bigint, offense: bigint, is_court: boolean, "
    "is_bearing: boolean, is_change: boolean, is_dismissal: boolean>>"
)


def link(counts: Column) -> Column:
    """The charges of a cycle: struct charges (array of arrays of counts, in the order of their steps) and is_linked (boolean).

    `counts` are the cycle's, sorted by step and count: structs with step, count, charged_same, offense_same (bigint, alike for the
    same offense; null is blank), is_bearing (a count of its own, if no charge is found for it), is_court, is_change (undoes or
    changes a conviction) and is_dismissal. `is_linked` is false where a count fits several charges, or a change none.
    """
    # Most cycles are simple, and what is general takes ten times as long to say the same of them.
    return F.when(_is_simple(counts), _by_offense(counts)).otherwise(_by_steps(counts))


def _is_simple(counts: Column) -> Column:
    """Whether each later step of a cycle repeats offenses of its first one, and no step has an offense twice: then the offense
    alone ties the counts. The first step has no count without a charge of its own, and no change of what did not happen yet."""
    first = F.get(counts, F.lit(0))["step"]
    offenses = F.transform(counts, lambda count: count["charged_same"])
    of_first = F.transform(
        F.filter(counts, lambda count: count["step"] == first), lambda count: count["charged_same"]
    )
    in_steps = F.transform(counts, lambda count: F.xxhash64(count["step"], count["charged_same"]))
    is_odd = F.exists(
        counts,
        lambda count: (
            count["charged_same"].isNull()
            | ((count["step"] == first) & (count["is_change"] | ~count["is_bearing"]))
        ),
    )
    return (
        ~is_odd
        & (F.size(F.array_distinct(in_steps)) == F.size(counts))
        & (F.size(F.array_except(offenses, of_first)) == 0)
    )


def _by_offense(counts: Column) -> Column:
    """The charges of a simple cycle."""
    offenses = F.array_distinct(F.transform(counts, lambda count: count["charged_same"]))
    tied = F.transform(
        offenses, lambda offense: F.filter(counts, lambda count: count["charged_same"] == offense)
    )
    return F.struct(tied.alias("charges"), F.lit(True).alias("is_linked"))


def _by_steps(counts: Column) -> Column:
    own = F.transform(
        counts,
        lambda count, i: F.struct(
            i.alias("i"), F.lit(-1).alias("root"), *[count[name].alias(name) for name in ("step", "count")],
            count["charged_same"].alias("charged"), count["offense_same"].alias("offense"),
            *[count[name].alias(name) for name in ("is_court", "is_bearing", "is_change", "is_dismissal")],
        ),
    )  # fmt: skip
    start = F.struct(F.array().cast(_LINKED).alias("linked"), F.lit(True).alias("is_linked"))
    tied = let(
        own,
        lambda own: F.aggregate(
            F.array_distinct(F.transform(counts, lambda count: count["step"])),
            start,
            lambda state, step: let(
                F.filter(own, lambda each: each["step"] == step), lambda here: _with_step(state, here)
            ),
        ),
    )
    return let(
        tied,
        lambda tied: F.struct(
            F.transform(
                (_roots(tied["linked"])),
                lambda root: F.transform(
                    F.filter(tied["linked"], lambda link: link["root"] == root),
                    lambda link: F.get(counts, link["i"]),
                ),
            ).alias("charges"),
            tied["is_linked"].alias("is_linked"),
        ),
    )


def _with_step(state: Column, here: Column) -> Column:
    """The state after the counts of a step (`here`) were tied to the charges of the steps before."""
    linked = state["linked"]
    fitting = F.transform(
        here, lambda each: F.struct(each.alias("each"), _same_offense(linked, here, each).alias("roots"))
    )
    return let(
        fitting,
        lambda fitting: let(_by_number(linked, fitting), lambda fitting: _with_fitting(state, fitting)),
    )


def _by_number(linked: Column, fitting: Column) -> Column:
    """The counts of a step with the charges that fit; where none has the offense, those that fit by number."""
    # A charge that its offense has claimed in this step is not open to a number.
    taken = F.flatten(F.transform(fitting, lambda fit: fit["roots"]))
    return let(
        taken,
        lambda taken: F.transform(
            fitting,
            lambda fit: F.struct(
                fit["each"].alias("each"),
                F.when(F.size(fit["roots"]) > 0, fit["roots"])
                .otherwise(_same_number(linked, taken, fit["each"]))
                .alias("roots"),
            ),
        ),
    )


def _with_fitting(state: Column, fitting: Column) -> Column:
    has_court_before = F.exists(state["linked"], lambda link: link["is_court"])
    tied = F.transform(
        fitting,
        lambda fit: let(
            _root(fitting, fit),
            lambda root: F.struct(
                fit["each"].withField("root", root).alias("each"),
                (
                    (F.size(fit["roots"]) > 1)
                    | (
                        (root == fit["each"]["i"])
                        & (fit["each"]["is_change"] | (fit["each"]["is_dismissal"] & has_court_before))
                    )
                ).alias("is_open"),
            ),
        ),
    )
    return let(
        tied,
        lambda tied: F.struct(
            F.concat(
                state["linked"],
                F.filter(F.transform(tied, lambda tie: tie["each"]), lambda each: each["root"] >= 0),
            ).alias("linked"),
            (state["is_linked"] & ~F.exists(tied, lambda tie: tie["is_open"])).alias("is_linked"),
        ),
    )


def _same_offense(linked: Column, here: Column, count: Column) -> Column:
    """The charges with the count's offense: as charged, else as convicted where that was for another one."""
    charged = F.filter(linked, lambda link: link["charged"] == count["charged"])
    convicted = F.filter(
        linked,
        lambda link: (
            (link["charged"] != link["offense"])
            & ((link["offense"] == count["charged"]) | (link["offense"] == count["offense"]))
        ),
    )
    return let(
        F.when(F.size(charged) > 0, charged).otherwise(convicted), lambda links: _narrowed(links, here, count)
    )


def _narrowed(links: Column, here: Column, count: Column) -> Column:
    """The charges of links; where the offense stands several times on either side, only those of the count's number."""
    roots = _roots(links)
    is_repeated = F.size(F.filter(here, lambda other: other["charged"] == count["charged"])) > 1
    with_number = _roots(F.filter(links, lambda link: link["count"] == count["count"]))
    return (
        F.when((F.size(roots) <= 1) & ~is_repeated, roots)
        .when(F.size(with_number) > 0, with_number)
        .when(F.size(roots) > 1, roots)
        .otherwise(F.array().cast("array<int>"))
    )


def _same_number(linked: Column, taken: Column, count: Column) -> Column:
    """The charges whose latest count has the count's number, and that have none in this step."""
    return _roots(
        F.filter(
            linked,
            lambda link: (
                (link["count"] == count["count"])
                & ~F.array_contains(taken, link["root"])
                & ~F.exists(
                    linked, lambda other: (other["root"] == link["root"]) & (other["step"] > link["step"])
                )
            ),
        )
    )


def _root(fitting: Column, fit: Column) -> Column:
    """The charge of a count: the one that fits, unless an earlier count of the step has it; else its own, or none (-1)."""
    root = F.get(fit["roots"], F.lit(0))
    is_had = F.exists(
        fitting,
        lambda other: (
            (other["each"]["i"] < fit["each"]["i"])
            & (F.size(other["roots"]) == 1)
            & (F.get(other["roots"], F.lit(0)) == root)
        ),
    )
    return F.when((F.size(fit["roots"]) == 1) & ~is_had, root).otherwise(
        F.when(fit["each"]["is_bearing"], fit["each"]["i"]).otherwise(-1)
    )


def _roots(links: Column) -> Column:
    return F.array_distinct(F.transform(links, lambda link: link["root"]))
