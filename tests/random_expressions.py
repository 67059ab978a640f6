"""Random expressions of the law language, as they are written: what is random is only which of several options is chosen."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from clear_record.law.vocabulary import Absence, Entry, Type
from tests.strategies import AS_OF_DAYS, BOUNDARY_DAYS, Choose, values_of

DAYS = tuple(sorted({*AS_OF_DAYS, *BOUNDARY_DAYS, *(day + timedelta(days=1) for day in AS_OF_DAYS)}))
NUMBERS = (1.0, 2.0, 5.0, 7.0, 10.0, 20.0, 18.0, 21.0, 0.0, 0.5, 2.5, -1.0)
AGES = (18.0, 21.0, 30.0, 50.0)
ORDERS = ("<", "<=", ">", ">=")
# How many shifts stand in each other. Each writes its day twelve times, and Spark's planner pays for that: with two the evaluators
# agree, but some jobs of five packs take more than three minutes.
_MOST_SHIFTS = 1
# So many years before and after a record the calendar ends.
_BEYOND = "9000"


@dataclass(frozen=True, slots=True)
class Word:
    """A name as it is written, its type, what it asks (`this`, `other`, `band`, `criterion` or else), and values to compare it with."""

    text: str
    type: Type
    of: str = ""
    values: Sequence[Any] = ()
    is_event: bool = False
    entry: Entry | None = None


@dataclass(frozen=True)
class Speaker:
    """Says random expressions about the words and lists that may stand in them, `depth` levels of connectives deep."""

    choose: Choose
    words: tuple[Word, ...]
    lists: tuple[str, ...] = ()
    may_say_as_of: bool = True
    may_say_age: bool = True
    shifts_left: int = _MOST_SHIFTS

    def knowing(self, words: Iterable[Word]) -> "Speaker":
        return replace(self, words=(*self.words, *words))

    def timeless(self) -> "Speaker":
        """One who says what may stand within a value: there as_of is not compared, and no band."""
        words = tuple(word for word in self.words if word.of != "band")
        return replace(self, words=words, may_say_as_of=False)

    def of_other_alone(self) -> "Speaker":
        """One who says a day of another record, beside which nothing else is named."""
        words = tuple(word for word in self.words if word.of == "other")
        return replace(self, words=words, lists=(), may_say_as_of=False, may_say_age=False)

    def of_what_is_shifted(self) -> "Speaker":
        """One who says a day, or a number, that a shift takes."""
        return replace(self, shifts_left=self.shifts_left - 1)

    def of(self, type: Type) -> list[Word]:
        return [word for word in self.words if word.type is type]

    # ---- booleans

    def boolean(self, depth: int = 2) -> str:
        inner = depth - 1
        ways: list[tuple[Callable[[int], str], int, bool]] = [
            (self._constant, 1, True),
            (self._named, 3, bool(self.of(Type.BOOLEAN))),
            (self._listed, 3, bool(self.of(Type.OFFENSE) and self.lists)),
            (self._code_is, 2, bool(self.of(Type.CODE))),
            (self._code_in, 2, bool(self.of(Type.CODE))),
            (self._absent, 2, any(word.is_event for word in self.words)),
            (self._amounts, 3, True),
            (self._days, 3, True),
            (self._beside_as_of, 3, self.may_say_as_of),
            (self._age, 1, self.may_say_age),
            (self._equal, 1, depth > 0),
            (self._negated, 2, depth > 0),
            (self._joined, 8, depth > 0),
        ]
        way: Callable[[int], str] = self.choose(
            [way for way, weight, is_open in ways if is_open for _ in range(weight)]
        )
        return way(inner)

    def _constant(self, _: int) -> str:
        return str(self.choose(("true", "true", "false")))

    def _named(self, _: int) -> str:
        return str(self.choose(self.of(Type.BOOLEAN)).text)

    def _listed(self, _: int) -> str:
        item = self.choose(self.of(Type.OFFENSE)).text
        return f"{item} {self.choose(('in', 'in', 'not in'))} {self.choose(self.lists)}"

    def _code_is(self, _: int) -> str:
        word = self.choose(self.of(Type.CODE))
        # The same of another record is what laws ask for; any other code may stand there.
        same = [other for other in self.of(Type.CODE) if other.entry is word.entry and other != word]
        return f"{word.text} {self.choose(('=', '<>'))} {self._code_beside(word, same)}"

    def _code_beside(self, word: Word, same: Sequence[Word]) -> str:
        options = [quoted(each) for each in word.values] + [other.text for other in same] * 3
        return str(self.choose([*options, *(other.text for other in self.of(Type.CODE))]))

    def _code_in(self, _: int) -> str:
        word = self.choose(self.of(Type.CODE))
        values = ", ".join(map(quoted, some(self.choose, word.values or ("F",), 3)))
        options = [f"({values})"] * 2 + [each.text for each in self.of(Type.CODES)]
        return f"{word.text} {self.choose(('in', 'in', 'not in'))} {self.choose(options)}"

    def _absent(self, _: int) -> str:
        event = self.choose([word for word in self.words if word.is_event])
        return f"{event.text} is {self.choose(('', 'not '))}null"

    def _amounts(self, depth: int) -> str:
        operator = self.choose(("=", "<>", *ORDERS * 2))
        words = self.of(Type.NUMBER)
        if not words or not self.choose((True, True, False)):
            return self._turned(self.number(depth), operator, self.number(depth))
        word = self.choose(words)
        return self._turned(word.text, operator, self.choose([*map(plain, word.values), self.number(depth)]))

    def _days(self, depth: int) -> str:
        operator = self.choose(("=", "<>", *ORDERS * 2))
        return self._turned(self.day(depth), operator, self.day(depth))

    def _beside_as_of(self, depth: int) -> str:
        # In a question it may be asked of days of this charge or of the other record, not of both.
        left_out = self.choose(("this", "other"))
        speaker = replace(self, words=tuple(word for word in self.words if word.of != left_out))
        return self._turned(speaker.day(depth), self.choose(("=", "<>", *ORDERS * 2)), "as_of")

    def _age(self, depth: int) -> str:
        days = [self.day(depth), *(("as_of",) if self.may_say_as_of else ())]
        years = [plain(each) for each in AGES] + [
            word.text for word in self.of(Type.NUMBER) if word.text.startswith("parameters.")
        ]
        return self._turned(f"age_at({self.choose(days)})", self.choose(ORDERS), self.choose(years))

    def _equal(self, depth: int) -> str:
        timeless = self.timeless()
        return f"({timeless.boolean(depth)}) {self.choose(('=', '<>'))} ({timeless.boolean(depth)})"

    def _negated(self, depth: int) -> str:
        return f"not ({self.boolean(depth)})"

    def _joined(self, depth: int) -> str:
        terms = [self.boolean(depth) for _ in range(self.choose((2, 2, 3)))]
        joint: str = self.choose((" and ", " or "))
        return joint.join(f"({term})" for term in terms)

    def _turned(self, left: str, operator: str, right: str) -> str:
        mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(operator, operator)
        return str(self.choose((f"{left} {operator} {right}", f"{right} {mirrored} {left}")))

    # ---- dates, numbers

    def day(self, depth: int = 1) -> str:
        words = [word.text for word in self.of(Type.DATE)]
        if depth < 0 or not self.choose((False, False, True)):
            return str(self.choose([*words * 3, f"date '{self.choose(DAYS)}'"]))
        shifts = ("years_after", "years_after", "years_before", "months_after", "days_after")
        others = ("later_of", "later_of", "earlier_of", "case")
        function = self.choose((*(shifts if self.shifts_left > 0 else ()), *others))
        if function == "case":
            return self._case(lambda: self.day(depth - 1))
        if function in ("later_of", "earlier_of"):
            return f"{function}({', '.join(self.day(depth - 1) for _ in range(self.choose((2, 2, 1, 3))))})"
        inner = self.of_what_is_shifted()
        return f"{function}({inner.day(depth - 1)}, {inner.shift(depth - 1)})"

    def shift(self, depth: int) -> str:
        """The number by which a day is shifted."""
        return _BEYOND if self.choose((*[False] * 11, True)) else self.number(depth)

    def number(self, depth: int = 1) -> str:
        way = self.choose(
            ("literal", "literal", "literal", "named", "named", "named", "sum", "sum", "age", "case")
        )
        if way == "named" and self.of(Type.NUMBER):
            return str(self.choose(self.of(Type.NUMBER)).text)
        if way == "sum" and depth >= 0:
            return f"({self.number(depth - 1)} {self.choose(('+', '-'))} {self.number(depth - 1)})"
        if way == "age" and depth >= 0 and self.may_say_age:
            return f"age_at({self.day(depth - 1)})"
        if way == "case" and depth >= 0:
            return self._case(lambda: self.number(depth - 1))
        return plain(self.choose(NUMBERS))

    def _case(self, value: Callable[[], str]) -> str:
        timeless = self.timeless()
        whens = [f"when {timeless.boolean(0)} then {value()}" for _ in range(self.choose((1, 1, 2)))]
        return f"(case {' '.join(whens)} {self.choose((f'else {value()} ', ''))}end)"


def plain(number: float) -> str:
    return f"{number:g}" if number >= 0 else f"({number:g})"


def quoted(code: str) -> str:
    return f"'{code}'"


def some(choose: Choose, options: Sequence[Any], most: int) -> tuple[Any, ...]:
    """One or more of the options, each once, in the order in which they stand."""
    chosen = {choose(options) for _ in range(choose(range(1, most + 1)))}
    return tuple(option for option in options if option in chosen)


def _word(entry: Entry, text: str, of: str) -> Word:
    has_values = entry.type in (Type.BOOLEAN, Type.NUMBER, Type.CODE)
    values = values_of(entry) if has_values else ()
    return Word(text, entry.type, of, values, entry.absence is Absence.NONE, entry)


def words_of_this(entry: Entry) -> list[Word]:
    of = "" if entry.is_of_person else "this"
    other_names = [entry.name.replace("charge.", "this.")] if entry.scope == "charge" else []
    return [_word(entry, text, of) for text in (entry.name, *other_names)]


def words_of_other(entry: Entry) -> list[Word]:
    if entry.is_of_person:
        return []
    short_name = entry.name.removeprefix("charge.")
    return [_word(entry, f"other.{short_name}", "other")] * 2
