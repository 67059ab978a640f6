"""Random rule packs for the tests of the evaluators, as the texts of their files, so that the reader is tested with them.

They are made like the people of `tests.strategies`: what is random is only which of several options is chosen, the plainest first,
so that hypothesis (`packs`) shrinks them and a seed makes many. Whatever docs/law-language.md allows can come out.
A pack asks for few names (its palette), with the values that people have, so that its parts turn on the same things.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import yaml
from hypothesis import strategies as st

from clear_record.law.pack import Pack
from clear_record.law.pack_reader import MOST_COMBINATIONS, NO_REMEDIES, pack_of
from clear_record.law.vocabulary import VOCABULARY, Entry, Type
from tests.random_expressions import (
    AGES,
    DAYS,
    NUMBERS,
    ORDERS,
    Speaker,
    Word,
    plain,
    quoted,
    some,
    words_of_other,
    words_of_this,
)
from tests.strategies import AS_OF_DAYS, SOURCES, Choose, values_of

Texts = dict[str, str]

STATUTES = (
    *("HS 11357", "HS 11358", "HS 11359", "HS 11360(a)", "HS 11357(b)", "HS 11357.*", "PC 187", "PC 182"),
    *("PC 187..191.5", "PC 261-269", "PC 288", "PC 288(c)", "PC 288a", "PC 190.*", "PC 664", "VC 23152(a)"),
    *("attempt of PC 187", "attempt of HS 11359", "conspiracy of HS 11359", "conspiracy of PC 187"),
    *("PA 18 3929", "PA 18 3929(a)", "PA 18 27*", "MN 169A.*", "MN 609.52", "NJ 2C:35-10(a)(4)"),
    *("NJ 2C:35-10", "attempt of NJ 2C:35-10", "NY PL 221.10", "NY PL 221*", "IL 720 ILCS 550/4", "IL 720*"),
)
_REMEDIES = ("dismiss_seal", "seal", "redesignate_infraction", "redesignate_misdemeanor", "resentence")
_COUNTS = (1.0, 2.0, 3.0, 0.0)
_LENDER = "us_zz/lender"
_KINDS = ("convictions", "charges", "arrests")
_ASKS = {
    "any": Type.BOOLEAN,
    "all": Type.BOOLEAN,
    "count": Type.NUMBER,
    "latest": Type.DATE,
    "earliest": Type.DATE,
}
_IN_FORCE = {"from": "1990-01-01"}
# A criterion that names many may bring a pack near to the 62 facts that fit: all its other parts name at most 28.
_MANY = 34


def packs() -> st.SearchStrategy[Pack]:
    """Random packs that hypothesis shrinks; the reader must take each."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Pack:
        return pack_of(random_texts(lambda options: draw(st.sampled_from(options)), "us_zz/random"))

    return drawn()


def random_texts(choose: Choose, name: str) -> Texts:
    """The files of a random pack called `name`; `choose` takes one of several options."""
    return _Author(choose).texts(name)


def chosen_by_an_office(choose: Choose, texts: Texts) -> Texts | None:
    """The files with an office's own choices of the parameters, where it makes any."""
    if "parameters.yaml" not in texts or not choose((False, False, True)):
        return None
    choices: dict[str, tuple[Any, ...]] = {
        "years": ("1", "7", "21"),
        "is_on": ("true", "false"),
        "one_code": ("F", "YOLO", "conviction"),
        "codes": (["F"], ["CA", "M", "conviction"], []),
    }
    names = some(choose, list(yaml.safe_load(texts["parameters.yaml"])), 2)
    return {**texts, "options": json.dumps({name: choose(choices[name]) for name in names})}


class _Author:
    """Writes one pack; what `choose` is asked first stands first in its files."""

    def __init__(self, choose: Choose) -> None:
        self.choose = choose
        self.palette = [
            entry
            for type, most in (
                (Type.DATE, 5),
                (Type.NUMBER, 3),
                (Type.CODE, 4),
                (Type.BOOLEAN, 3),
                (Type.OFFENSE, 2),
            )
            for entry in some(choose, [each for each in VOCABULARY.values() if each.type is type], most)
        ]

    def texts(self, name: str) -> Texts:
        parameters, named_by_law = self.parameters()
        lists, lent = self.offense_lists()
        own = [word for entry in self.palette for word in words_of_this(entry)]
        speaker = Speaker(self.choose, (*own, *named_by_law), tuple(f"offenses.{each}" for each in lists))
        asking = speaker.knowing(word for entry in self.palette for word in words_of_other(entry))
        layer = self.choose(("statute", "statute", "policy"))
        history, answers = self.history(asking)
        grants, granted = self.grants(asking) if layer == "statute" else ({}, [])
        scope = self.scope(speaker)
        speaker = speaker.knowing(answers)
        bands, parts = self.bands(speaker)
        criteria = self.criteria(speaker, granted)
        ids = [Word(str(each["id"]), Type.BOOLEAN, "criterion") for each in criteria]
        serving = self.choose((None, speaker.boolean(1)))
        rows = self.rows(speaker.knowing([*parts, *parts, *ids]), criteria, serving is not None, parameters)
        given = {each for row in rows for each in (row["gives"], row.get("if_serving"))}
        ladder = [remedy for remedy in self.choose((_REMEDIES, _REMEDIES[::-1])) if remedy in given]
        pack = {
            "pack": name,
            "aliases": ["ZZ-1"],
            "title": "A random law",
            "layer": layer,
            "status": "draft",
            "in_force": self.in_force(),
            "authority": {"cite": "ZZ Code 1", "evidence": "C"},
            "scope": {"says": "What it decides.", "cite": "ZZ Code 1", "test": scope},
            **({} if serving is None else {"serving": serving}),
            "history": history | grants,
            "bands": bands,
            "criteria": criteria,
            "retired": ["was_once"],
            "ladder": ladder,
            "remedies": rows,
        }
        texts = {"pack.yaml": as_yaml(pack)}
        if parameters:
            texts["parameters.yaml"] = as_yaml(parameters)
        if lists:
            texts["offenses.yaml"] = as_yaml(lists)
        return {**texts, **({f"{_LENDER}/offenses.yaml": as_yaml(lent)} if lent else {})}

    # ---- what the law sets by date

    def in_force(self) -> dict[str, str]:
        begins_on, ends_on = sorted((self.choose(AS_OF_DAYS), self.choose(AS_OF_DAYS)))
        period = {"from": str(begins_on), "until": str(ends_on)}
        only_from, only_until = {"from": str(ends_on)}, {"until": str(ends_on)}
        return dict(self.choose((*[_IN_FORCE] * 6, {}, only_from, only_from, only_until, period)))

    def period(self) -> dict[str, str]:
        begins_on, ends_on = sorted((self.choose(DAYS), self.choose(DAYS)))
        return dict(
            self.choose(
                (
                    *[{}] * 3,
                    {"from": str(begins_on)},
                    {"until": str(ends_on)},
                    {"from": str(begins_on), "until": str(ends_on)},
                )
            )
        )

    def parameters(self) -> tuple[dict[str, Any], list[Word]]:
        codes = [entry for entry in self.palette if entry.type is Type.CODE]
        kinds: dict[str, tuple[Type, Callable[[], Any]]] = {
            "years": (Type.NUMBER, lambda: _number(self.choose((*NUMBERS, *AGES)))),
            "is_on": (Type.BOOLEAN, lambda: self.choose(("true", "false"))),
            "one_code": (Type.CODE, lambda: self.choose(("F", "M", "YOLO", "CA", "marijuana", "conviction"))),
            "codes": (Type.CODES, lambda: self.code_set(self.choose(codes))),
        }
        written = {name: kinds[name] for name in kinds if self.choose((True, False))}
        parameters = {
            name: {"says": "What the law sets.", **self.bounds(name), "values": self.values(value)}
            for name, (_, value) in written.items()
        }
        words = [
            Word(f"parameters.{name}", type, values=AGES if type is Type.NUMBER else ())
            for name, (type, _) in written.items()
        ]
        return parameters, words

    def code_set(self, entry: Entry) -> list[str]:
        return list(
            self.choose((some(self.choose, values_of(entry), 3), some(self.choose, values_of(entry), 2), ()))
        )

    def bounds(self, name: str) -> dict[str, str]:
        if name != "years":
            return {}
        return dict(self.choose(({}, {"at_least": "-1", "at_most": "50", "zero_is_off": "true"})))

    def values(self, value: Callable[[], Any]) -> list[dict[str, Any]]:
        """Values in the order of their days; a day may have none, before the first, after the last or between."""
        begins = some(self.choose, DAYS, 3)
        found: list[dict[str, Any]] = []
        for position, begins_on in enumerate(begins):
            dated = {} if position == 0 and self.choose((True, True, False)) else {"from": str(begins_on)}
            following = begins[position + 1] if position + 1 < len(begins) else date(2023, 12, 31)
            has_end = self.choose((False, False, True))
            end = {"until": str(max(following - timedelta(days=100), begins_on))} if has_end else {}
            found.append({**dated, **end, "is": value(), "cite": "ZZ Code 2", "evidence": "C"})
        return found

    def offense_lists(self) -> tuple[dict[str, Any], dict[str, Any]]:
        names = ("first_list", "second_list")[: self.choose((1, 2, 0))]
        lists: dict[str, Any] = {name: self.offense_list() for name in names}
        if not self.choose((False, False, True)):
            return lists, {}
        return {**lists, "lent_list": {"from_pack": _LENDER}}, {"lent_list": self.offense_list()}

    def offense_list(self) -> dict[str, Any]:
        flags = {name: self.choose(("false", "true")) for name in ("attempts", "conspiracies")}
        return {
            "says": "Some offenses.",
            "cite": "ZZ Code 3",
            "evidence": "C",
            **flags,
            "certain": self.entries(),
            "possible": self.entries(),
        }

    def entries(self) -> list[Any]:
        return [self.entry() for _ in range(self.choose((1, 2, 4, 6, 0)))]

    def entry(self) -> Any:
        statute = self.choose(STATUTES)
        dated = {"statute": statute, **self.period(), "attempts": self.choose(("false", "true"))}
        return self.choose((statute, statute, dated))

    # ---- what is asked

    def scope(self, speaker: Speaker) -> str:
        usual = ("true", "charge.kind = 'conviction'", "charge.kind <> 'arrest'")
        test = self.choose(usual)
        return str(self.choose((test, test, f"{test} and not ({speaker.boolean(1)})", speaker.boolean(2))))

    def history(self, speaker: Speaker) -> tuple[dict[str, Any], list[Word]]:
        questions: dict[str, Any] = {}
        words = []
        for number in range(self.choose((1, 2, 3, 4, 0))):
            name = f"question_{number}"
            ask = self.choose(tuple(_ASKS))
            type = _ASKS[ask]
            questions[name] = {ask: self.choose(_KINDS), **self.asked(ask, speaker)}
            words.append(Word(f"history.{name}", type, values=_COUNTS, is_event=type is Type.DATE))
        return questions, words * 3

    def grants(self, speaker: Speaker) -> tuple[dict[str, Any], list[Word]]:
        """Questions of caps, which stand in tests of criteria alone."""
        days = [each for each in VOCABULARY.values() if each.scope == "charge" and each.type is Type.DATE]
        questions: dict[str, Any] = {}
        words = []
        for number in range(self.choose((*[0] * 8, 1, 2))):
            name, ask = f"grants_{number}", self.choose(("count", "any"))
            first_by = self.choose(("convicted_on", self.choose(days).short_name))
            asked = {**self.asked(ask, speaker), "first_by": first_by, "includes_this": "false"}
            questions[name] = {ask: "grants", **asked}
            words.append(Word(f"history.{name}", _ASKS[ask], values=_COUNTS))
        return questions, words

    def asked(self, ask: str, speaker: Speaker) -> dict[str, str]:
        terms = [speaker.boolean(1) for _ in range(self.choose((1, 2, 3, 0)))]
        asked = {
            "where": " and ".join(f"({term})" for term in terms) or "true",
            "within": self.choose(
                ("anywhere", "anywhere", "same_case", "same_cycle", "same_county", "state")
            ),
            "includes_this": self.choose(("false", "true")),
        }
        if ask == "count":
            asked["distinct"] = self.choose(("charge_id", "case_id", "cycle_id"))
        if ask in ("latest", "earliest"):
            asked["of"] = speaker.of_other_alone().day(1)
        return asked

    def bands(self, speaker: Speaker) -> tuple[dict[str, Any], list[Word]]:
        """The bands, and every comparison of them that the law may make."""
        bands: dict[str, Any] = {}
        words: list[Word] = []
        combinations = 1
        for number in range(self.choose((0, 1, 2, 3, 6))):
            name, most = f"band_{number}", MOST_COMBINATIONS // combinations
            if most < 2:
                break
            band, comparisons, parts_count = self.band(
                name, replace(speaker, may_say_as_of=False), min(most, 4)
            )
            combinations *= parts_count
            bands[name] = band | self.choose(({}, {"applies": speaker.boolean(1)}))
            words += [Word(each, Type.BOOLEAN, "band") for each in comparisons]
        return bands, words

    def band(self, name: str, speaker: Speaker, most: int) -> tuple[dict[str, Any], list[str], int]:
        """A band of at most so many parts, its comparisons, and the number of its parts."""
        codes = speaker.of(Type.CODE)
        type = self.choose(
            (Type.BOOLEAN, Type.NUMBER, Type.NUMBER, Type.DATE, *([Type.CODE] if codes else []))
        )
        if type is Type.BOOLEAN:
            return {"of": speaker.boolean(1)}, [name, f"{name} = false", f"{name} <> true"], 2
        if type is Type.CODE:
            word = self.choose(codes)
            values = some(self.choose, word.values or ("F",), most - 1)
            comparisons = [f"{name} {operator} {quoted(each)}" for operator in ("=", "<>") for each in values]
            return {"of": word.text, "values": list(values)}, comparisons, len(values) + 1
        if type is Type.NUMBER:
            word = self.choose(
                (*speaker.of(Type.NUMBER), Word(speaker.number(1), Type.NUMBER, values=NUMBERS))
            )
            given = sorted(some(self.choose, word.values, most - 1))
            cuts, shown = [_number(each) for each in given], [plain(each) for each in given]
        else:
            word = Word(speaker.day(1), Type.DATE)
            cuts = [str(each) for each in some(self.choose, DAYS, most - 1)]
            shown = [f"date '{cut}'" for cut in cuts]
        way, operators = self.choose((("from", ("<", ">=")), ("up_to", ("<=", ">"))))
        comparisons = [f"{name} {operator} {cut}" for operator in operators for cut in shown]
        return {"of": word.text, way: cuts}, comparisons, len(cuts) + 1

    # ---- what is decided

    def criteria(self, speaker: Speaker, granted: Sequence[Word]) -> list[dict[str, Any]]:
        of_record = self.choose(
            ("subject.is_held", "not (not subject.is_held and charge.is_understood)", speaker.boolean(1))
        )
        criteria = [{"id": "record_is_complete", **_said(), "test": "true", "unsettled": of_record}]
        for number in range(self.choose((1, 2, 3, 5))):
            id = f"criterion_{number}"
            criteria.append({"id": id, **_said(), **self.criterion(speaker)})
            speaker = speaker.knowing([Word(id, Type.BOOLEAN, "criterion")])
        for number in range(self.choose((1, 2)) if granted else 0):
            id = f"is_within_cap_{number}"
            criteria.append({"id": id, **_said(), **self.cap(speaker, granted)})
            speaker = speaker.knowing([Word(id, Type.BOOLEAN, "criterion")])
        if self.choose((False, False, False, True)):
            criteria.append({"id": "has_many", **_said(), "test": self.many()})
        return criteria

    def cap(self, speaker: Speaker, granted: Sequence[Word]) -> dict[str, Any]:
        word = self.choose(granted)
        usual = (
            f"not {word.text}"
            if word.type is Type.BOOLEAN
            else f"{word.text} < {plain(self.choose(_COUNTS))}"
        )
        sums = [f"{word.text} + {speaker.number(0)} < 2"] if word.type is Type.NUMBER else []
        test = self.choose((usual, *sums, speaker.knowing(granted).boolean(1)))
        applies = {"applies": speaker.boolean(1)} if self.choose((False, True)) else {}
        return {**applies, "test": test}

    def on_unknown(self) -> dict[str, str]:
        on_source = {"on_unknown": "no_indication", "covered_by": self.choose(SOURCES)}
        return dict(self.choose(({}, {}, {"on_unknown": "presume_true"}, {"on_unknown": "fail"}, on_source)))

    def criterion(self, speaker: Speaker) -> dict[str, Any]:
        found: dict[str, Any] = {"applies": speaker.boolean(1)} if self.choose((False, False, True)) else {}
        if self.choose((False, False, True)):
            found["wait"] = self.wait(speaker)
        else:
            found["test"] = speaker.boolean(2)
            found |= self.choose(({}, {"when_false": "not_yet"}))
        if self.choose((False, False, False, True)):
            found["unsettled"] = speaker.boolean(1)
        return found | self.on_unknown()

    def wait(self, speaker: Speaker) -> dict[str, str]:
        # The days of a wait are those of the record: no criterion stands in them, and as_of does not.
        words = tuple(word for word in speaker.words if word.of != "criterion")
        speaker = replace(speaker, words=words, may_say_as_of=False).of_what_is_shifted()
        # Seldom of more than names: with a restart and a shift around them Spark's planner pays for each many times over.
        depth = self.choose((*[0] * 7, 1))
        starts_on = speaker.day(depth)
        unit = self.choose(("years", "years", "months", "days"))
        restarts = [word.text for word in speaker.of(Type.DATE) if word.text.startswith("history.")]
        length = self.choose((*map(plain, NUMBERS), speaker.shift(depth), speaker.shift(depth)))
        wait = {"from": starts_on, unit: length}
        return wait | ({"restarts_on": self.choose(restarts)} if restarts else {})

    def many(self) -> str:
        """A test that names many things, so that facts have numbers of all sizes."""
        others = [entry for entry in VOCABULARY.values() if entry.type is not Type.OFFENSE]
        begin = self.choose(range(len(others) - _MANY))
        terms = [self.about(entry) for entry in others[begin : begin + _MANY]]
        joint: str = self.choose((" or ", " and "))
        return joint.join(f"({term})" for term in terms)

    def about(self, entry: Entry) -> str:
        name = entry.name
        if entry.type is Type.BOOLEAN:
            return name
        if entry.type is Type.DATE:
            return f"{name} {self.choose(ORDERS)} date '{self.choose(DAYS)}'"
        if entry.type is Type.CODE:
            return f"{name} = {quoted(self.choose(values_of(entry)))}"
        return f"{name} {self.choose(ORDERS)} {plain(self.choose(values_of(entry)))}"

    def rows(
        self,
        speaker: Speaker,
        criteria: Sequence[dict[str, Any]],
        has_serving: bool,
        parameters: Iterable[str],
    ) -> list[dict[str, Any]]:
        count = self.choose((1, 2, 3, 4, 6))
        texts = ["Because", *(f"After {{{name}}}" for name in parameters if name != "codes")]
        rows = []
        for number in range(count):
            is_last = number == count - 1
            row: dict[str, Any] = {"otherwise": "true"} if is_last else {"when": speaker.boolean(2)}
            required = [each["id"] for each in criteria if self.choose((True, False))]
            row |= {"requires": required, "gives": self.choose((*_REMEDIES, *_REMEDIES, *NO_REMEDIES))}
            if has_serving and row["gives"] in _REMEDIES and self.choose((False, True)):
                row["if_serving"] = self.choose(_REMEDIES)
            row |= self.choose(({}, {"reason": self.choose(texts), "alternative": f"Petition {number}"}))
            rows.append(row)
        return rows


def _said() -> dict[str, str]:
    return {"says": "A sentence.", "cite": "ZZ Code 4", "evidence": "C"}


def _number(number: float) -> str:
    return f"{number:g}"


class _Plainly(yaml.SafeDumper):
    """YAML without aliases, which the reader refuses."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def as_yaml(content: Any) -> str:
    """A text that the reader takes; all scalars are texts."""
    return yaml.dump(content, Dumper=_Plainly, sort_keys=False, width=120)
