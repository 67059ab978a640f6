"""What changed between two versions of a pack, in English: what a lawyer compares before a new version is used."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from clear_record.authoring.in_english import English, parts_in_words, period_in_words, shown, unit_of
from clear_record.authoring.show import Line, reach_of
from clear_record.law.expressions import Expression
from clear_record.law.pack import Band, Criterion, DatedValue, OffenseList, Pack, Parameter, Question, Row


@dataclass(frozen=True, slots=True)
class Change:
    """A thing of a pack that was added, removed or changed; `before` and `after` are its words, where it has any."""

    part: str
    name: str
    what: str
    before: str | None = None
    after: str | None = None

    def __str__(self) -> str:
        name = "" if self.name == self.part else f" {self.name}"
        return f"{self.part}{name}: {self.what}"

    def as_json(self) -> dict[str, Any]:
        """The object that `packs diff --json` prints for it."""
        return {
            "part": self.part,
            "name": self.name,
            "what": self.what,
            "before": self.before,
            "after": self.after,
        }


def changes_between(old: Pack, new: Pack) -> list[Change]:
    """What the new version of a pack says otherwise, in the order of a pack. How the text is laid out is no change."""
    return list(_Between(old, new).changes())


def in_lines(changes: Sequence[Change]) -> Iterator[Line]:
    """The changes in words, what was before what is."""
    for change in changes:
        yield Line(str(change), hangs=2)
        for label, text in (("was: ", change.before), ("is:  ", change.after)):
            if text is not None:
                yield Line(text, label, 4)
    if not changes:
        yield Line("Nothing changed.")


class _Between:
    def __init__(self, old: Pack, new: Pack) -> None:
        self.old, self.new = old, new
        self.was, self.now = _words_of(old), _words_of(new)

    def changes(self) -> Iterator[Change]:
        yield from self.head()
        yield from self.scope()
        yield from self.named("question", self.old.questions, self.new.questions, self.questions)
        yield from self.named("band", self.old.bands, self.new.bands, self.bands)
        yield from self.criteria()
        yield from self.remedies()
        yield from self.named("parameter", self.old.parameters, self.new.parameters, self.parameters)
        yield from self.named("list", self.old.lists, self.new.lists, self.lists)

    def head(self) -> Iterator[Change]:
        old, new = self.old, self.new
        for name, before, after in (
            ("name", old.name, new.name),
            ("aliases", ", ".join(old.aliases), ", ".join(new.aliases)),
            ("title", old.title, new.title),
            ("layer", old.layer, new.layer),
            ("status", old.status, new.status),
            ("in force", period_in_words(old.in_force), period_in_words(new.in_force)),
            ("authority", f"{old.cite} [{old.evidence}]", f"{new.cite} [{new.evidence}]"),
            ("retired ids", ", ".join(old.retired), ", ".join(new.retired)),
        ):
            yield from _changed("pack", name, "changed", before, after)

    def scope(self) -> Iterator[Change]:
        old, new = self.old, self.new
        yield from _changed("scope", "scope", "reworded", old.scope_says, new.scope_says)
        yield from _changed("scope", "scope", "source changed", old.scope_cite, new.scope_cite)
        yield from self.tested("scope", "scope", "test changed", old.scope, new.scope)
        yield from self.tested("scope", "serving", "changed", old.serving, new.serving)

    def named(
        self,
        part: str,
        old: Mapping[str, Any],
        new: Mapping[str, Any],
        changes: Callable[..., Iterator[Change]],
    ) -> Iterator[Change]:
        for name in (*old, *(each for each in new if each not in old)):
            if name not in new:
                yield Change(part, name, "removed")
            elif name not in old:
                yield Change(part, name, "added")
            else:
                yield from changes(name, old[name], new[name])

    def questions(self, name: str, old: Question, new: Question) -> Iterator[Change]:
        before, after = self.was.question(old), self.now.question(new)
        yield from _changed("question", name, "asks otherwise", before, after)
        was, now = replace(self.was, in_question=True), replace(self.now, in_question=True)
        if old.where != new.where:
            yield Change("question", name, "condition changed", _line(was, old.where), _line(now, new.where))

    def bands(self, name: str, old: Band, new: Band) -> Iterator[Change]:
        for what, before, after in (
            ("cuts something else", _line(self.was, old.of), _line(self.now, new.of)),
            ("cut otherwise", _parts(old), _parts(new)),
        ):
            yield from _changed("band", name, what, before, after)
        yield from self.tested("band", name, "applies otherwise", old.applies, new.applies)

    def criteria(self) -> Iterator[Change]:
        old = {each.id: each for each in self.old.criteria}
        new = {each.id: each for each in self.new.criteria}
        for id in (*old, *(each for each in new if each not in old)):
            if id not in new:
                unretired = "" if id in self.new.retired else ", and not listed as retired"
                yield Change("criterion", id, f"removed{unretired}", old[id].says)
            elif id not in old:
                again = ", though its id had been retired" if id in self.old.retired else ""
                yield Change("criterion", id, f"added{again}", after=new[id].says)
            else:
                yield from self.criterion(old[id], new[id])
        stayed = [id for id in old if id in new]
        order = [id for id in new if id in old]
        yield from _changed("criterion", "order", "changed", ", ".join(stayed), ", ".join(order))

    def criterion(self, old: Criterion, new: Criterion) -> Iterator[Change]:
        for what, before, after in (
            ("reworded", old.says, new.says),
            ("source changed", old.cite, new.cite),
            ("evidence changed", old.evidence, new.evidence),
            ("on_unknown changed", _on_unknown(old), _on_unknown(new)),
            ("when_false changed", old.when_false, new.when_false),
        ):
            yield from _changed("criterion", old.id, what, before, after)
        for what, part in (
            ("test changed", "test"),
            ("applies otherwise", "applies"),
            ("unsettled otherwise", "unsettled"),
        ):
            yield from self.tested("criterion", old.id, what, getattr(old, part), getattr(new, part))
        yield from _changed("criterion", old.id, "wait changed", _wait(self.was, old), _wait(self.now, new))

    def remedies(self) -> Iterator[Change]:
        yield from _changed(
            "remedies", "ladder", "changed", ", ".join(self.old.ladder), ", ".join(self.new.ladder)
        )
        was = [_row(self.was, each) for each in self.old.rows]
        now = [_row(self.now, each) for each in self.new.rows]
        for tag, i, j, k, m in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
            gone, come = was[i:j], now[k:m]
            if tag == "replace" and len(gone) == len(come):
                for at, (before, after) in enumerate(zip(gone, come, strict=True)):
                    yield Change("remedies", f"row {k + at + 1}", "changed", before, after)
            elif tag != "equal":
                yield from (
                    Change("remedies", f"old row {i + at + 1}", "removed", row) for at, row in enumerate(gone)
                )
                yield from (
                    Change("remedies", f"row {k + at + 1}", "added", after=row) for at, row in enumerate(come)
                )

    def parameters(self, name: str, old: Parameter, new: Parameter) -> Iterator[Change]:
        yield from _changed("parameter", name, "reworded", old.says, new.says)
        was = {_begins(each): each for each in old.values}
        now = {_begins(each): each for each in new.values}
        for begins in sorted({*was, *now}):
            before, after = _value(was.get(begins)), _value(now.get(begins))
            yield from _dated("parameter", name, f"value from {begins}" if begins else "value", before, after)

    def lists(self, name: str, old: OffenseList, new: OffenseList) -> Iterator[Change]:
        yield from _changed("list", name, "reworded", old.says, new.says)
        source = f"{old.cite} [{old.evidence}]", f"{new.cite} [{new.evidence}]"
        yield from _changed("list", name, "source changed", *source)
        lent = self.old.lenders.get(name), self.new.lenders.get(name)
        yield from _changed("list", name, "taken from another pack", *lent)
        was, now = _entries(old), _entries(new)
        for key in (*was, *(each for each in now if each not in was)):
            yield from _dated("list", name, key, was.get(key), now.get(key))

    def tested(
        self, part: str, name: str, what: str, old: Expression | None, new: Expression | None
    ) -> Iterator[Change]:
        # Trees are compared, not words: what has the same words may have another meaning, and is told all the same.
        if old != new:
            yield Change(part, name, what, _line(self.was, old), _line(self.now, new))


def _words_of(pack: Pack) -> English:
    # A criterion that was added would change the numbers of those behind it.
    return English(pack, with_numbers=False)


def _changed(part: str, name: str, what: str, before: str | None, after: str | None) -> Iterator[Change]:
    if before != after:
        yield Change(part, name, what, before or "nothing", after or "nothing")


def _dated(part: str, name: str, what: str, before: str | None, after: str | None) -> Iterator[Change]:
    if before != after:
        happened = "added" if before is None else "removed" if after is None else "changed"
        yield Change(part, name, f"{what} {happened}", before, after)


def _line(english: English, expression: Expression | None) -> str:
    return "nothing" if expression is None else english.clause_or_words(expression)


def _parts(band: Band) -> str:
    return "; ".join(parts_in_words(band.cuts, unit_of(band.of)))


def _on_unknown(criterion: Criterion) -> str:
    return criterion.on_unknown + (f" of {criterion.covered_by}" if criterion.covered_by else "")


def _wait(english: English, criterion: Criterion) -> str:
    if criterion.wait is None:
        return ""
    wait = criterion.wait
    again = "" if wait.restarts_on is None else f", again from {english.words(wait.restarts_on)}"
    return f"{english.length_of(wait)} after {english.words(wait.starts_on)}{again}"


def _row(english: English, row: Row) -> str:
    when = english.clause(row.when).in_one_line
    serving = f", to one who still serves {row.if_serving}" if row.if_serving else ""
    requires = f"; requires {', '.join(row.requires)}" if row.requires else ""
    reason = f"; reason “{row.reason}”" if row.reason is not None else ""
    other = f"; other relief “{row.alternative}”" if row.alternative is not None else ""
    return f"where {when}: {row.gives}{serving}{requires}{reason}{other}"


def _begins(value: DatedValue) -> str:
    return str(value.period.begins_on or "")


def _value(value: DatedValue | None) -> str | None:
    if value is None:
        return None
    until = f" until {value.period.ends_on}" if value.period.ends_on else ""
    return f"{shown(value.value)}{until} ({value.cite} [{value.evidence}])"


def _entries(listed: OffenseList) -> dict[str, str]:
    """The periods of each statute of a list, certain or possible, in words."""
    found: dict[str, list[str]] = {}
    for each in listed.entries:
        certainty = "certain" if each.is_certain else "possible"
        key = f"{certainty} {each.statute}{reach_of(each)}"
        found.setdefault(key, []).append(period_in_words(each.period) or "at all times")
    return {key: "; ".join(periods) for key, periods in found.items()}
