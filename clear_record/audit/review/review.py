"""Marks that come back: checked against their sample, kept with who and when, and what all marks of the sample say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table as TextTable

from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.lake_writes import append, next_position
from clear_record.audit.review.error_rates import Stratum, strata_of, weighted_at_most, weighted_rate
from clear_record.audit.review.sample import kept
from clear_record.audit.review.sheet import ReturnedSheet, marks_of, read_sheet, sheet_rows
from clear_record.audit.sealed import sealed_marks
from clear_record.errors import InputRefused
from clear_record.seals import mark_of
from clear_record.tables import REVIEW_MARK

CONFIDENCE = 0.95
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Review:
    """What a sheet brought, and what all marks of its sample say: `strata` hold the counts.

    `is_new` is False where the same sheet was the reviewer's last one for the sample, and nothing was written.
    """

    sample_id: str
    run_id: str
    marks_count: int
    is_new: bool
    strata: tuple[Stratum, ...]

    @property
    def unmarked_count(self) -> int:
        return sum(each.unmarked for each in self.strata)

    def as_dict(self) -> dict[str, Any]:
        """The review for a program; rates and bounds are shares, each bound at `confidence`."""
        return {
            "sample_id": self.sample_id,
            "run_id": self.run_id,
            "marks": self.marks_count,
            "written": self.is_new,
            "unmarked": self.unmarked_count,
            "confidence": CONFIDENCE,
            "strata": [_as_dict(each) for each in self.strata],
            "packs": [{"pack": pack, **_over(strata)} for pack, strata in self.by_pack().items()],
            "all": _over(self.strata),
        }

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        written = "kept" if self.is_new else "kept before; nothing was written"
        yield f"Sample {self.sample_id} of run {self.run_id}: {self.marks_count:,} marks {written}"
        if self.unmarked_count:
            yield f"{self.unmarked_count:,} of the charges that were drawn have no mark yet"
        table = TextTable(box=None, pad_edge=False)
        table.add_column("pack, and its strata")
        for heading in ("charges", "drawn", "wrong", "open", "rate", "at most"):
            table.add_column(heading, justify="right")
        for pack, strata in self.by_pack().items():
            bound = _percent(weighted_at_most(strata, CONFIDENCE))
            table.add_row(pack, *_counts(*strata), _percent(weighted_rate(strata)), bound)
            for each in strata:
                name = each.name.removeprefix(f"{pack} / ")
                bound = _percent(each.at_most(CONFIDENCE)) + (" all drawn" if each.is_whole else "")
                table.add_row(f"  {name}", *_counts(each), _percent(each.rate), bound)
        if len(self.by_pack()) > 1:
            bound = _percent(weighted_at_most(self.strata, CONFIDENCE))
            table.add_row("all packs", *_counts(*self.strata), _percent(weighted_rate(self.strata)), bound)
        yield table
        yield (
            f"At most: Clopper-Pearson's upper bound, one-sided, {CONFIDENCE:.0%}. Packs are weighted by the sizes of their strata; "
            "in their bounds what is open (no mark, or cannot say) counts as wrong."
        )

    def by_pack(self) -> dict[str, list[Stratum]]:
        """The strata of each pack."""
        packs: dict[str, list[Stratum]] = {}
        for each in self.strata:
            packs.setdefault(each.pack, []).append(each)
        return packs


def review(lake: LakeFiles, path: Path, by: str, on: date) -> Review:
    """Check a sheet, keep its marks as those of a reviewer on a day, and say what all marks of the sample say.

    Raises InputRefused with row and column for what is no mark of the sample; nothing is written then.
    """
    check_name(by)
    sheet = read_sheet(path)
    sample = kept(lake, sheet.sample_id)
    if not sample:
        raise InputRefused(
            f"{path}: row {sheet.rows[0][0]}, column sample: there is no sample [{sheet.sample_id}] in the lake"
        )
    sheet = _without_sealed(sheet, lake, sample)
    rows = list(_rows(sheet, lake, sample, by, on))
    if not rows:
        raise InputRefused(f"{path}: no row has a mark")
    earlier = lake.all_rows("review_mark") if lake.has("review_mark") else []
    own = [row for row in earlier if (row["sample_id"], row["marked_by"]) == (sheet.sample_id, by)]
    last = max(own, key=lambda row: row["position"], default=None)
    is_new = last is None or (last["sheet_sha256"], last["marked_on"]) != (sheet.sha256, on)
    position = next_position(lake, REVIEW_MARK, earlier)
    numbered = [{**row, "position": position} for row in rows]
    if is_new:
        story = {"job": "review", "sample_id": sheet.sample_id, "sheet_sha256": sheet.sha256}
        append(lake, REVIEW_MARK, numbered, write_id=f"review_mark/{position}", story=story)
        earlier += numbered
    marks = [row for row in earlier if row["sample_id"] == sheet.sample_id]
    return Review(sheet.sample_id, sample[0]["run_id"], len(rows), is_new, tuple(strata_of(sample, marks)))


def _without_sealed(
    sheet: ReturnedSheet, lake: LakeFiles, sample: Sequence[Mapping[str, Any]]
) -> ReturnedSheet:
    """The sheet without the rows that were sealed while it was out: nothing of them may come back."""
    marks, drawn = sealed_marks(lake), {str(row["number"]) for row in sample}
    left = [
        (number, row)
        for number, row in sheet.rows
        if row["number"].strip() in drawn or mark_of(row["charge_id"].strip()) not in marks
    ]
    return replace(sheet, rows=left)


def check_name(by: str) -> None:
    """Raises InputRefused for what is no name of a reviewer."""
    if not by.strip() or len(by) > LONGEST_NAME or not by.isprintable():
        raise InputRefused(f"--by [{by[:20]}] is no name: who reviews is kept with what they say")


def _rows(
    sheet: ReturnedSheet, lake: LakeFiles, sample: Sequence[Mapping[str, Any]], by: str, on: date
) -> Iterator[dict[str, Any]]:
    drawn = {row["number"]: row for row in sample}
    for mark in marks_of(sheet, sheet_rows(lake, sample)):
        yield {
            **{
                name: drawn[mark.number][name]
                for name in ("sample_id", "number", "run_id", "pack", "charge_id")
            },
            "mark": mark.mark,
            "should_be": mark.should_be,
            "note": mark.note,
            "marked_by": by,
            "marked_on": on,
            "sheet_sha256": sheet.sha256,
        }


def _as_dict(stratum: Stratum) -> dict[str, Any]:
    counts = ("pack", "name", "size", "drawn", "right", "wrong", "cannot_say", "unmarked", "is_whole", "rate")
    return {
        **{name: getattr(stratum, name) for name in counts},
        "between": stratum.between(CONFIDENCE),
        "at_most": stratum.at_most(CONFIDENCE),
    }


def _over(strata: Sequence[Stratum]) -> dict[str, float | None]:
    return {"rate": weighted_rate(strata), "at_most": weighted_at_most(strata, CONFIDENCE)}


def _counts(*strata: Stratum) -> list[str]:
    """Charges, drawn ones, wrong ones, and those that are neither right nor wrong."""
    counts = [(each.size, each.drawn, each.wrong, each.unmarked + each.cannot_say) for each in strata]
    return [f"{sum(column):,}" for column in zip(*counts, strict=True)]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.2%}"
