"""Reads a rule pack from its folder, or from the texts that a run kept, and refuses what the law language does not allow.

A message says file, line, what is wrong and what was expected: lawyers read it.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from functools import cached_property, lru_cache
from itertools import pairwise
from math import isfinite, prod
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, RootModel, Tag

from clear_record.errors import InputRefused, PackRefused
from clear_record.law.expressions import (
    AS_OF,
    BandCuts,
    Compare,
    Expression,
    Known,
    Name,
    names_in,
    parse,
    type_of,
    walk,
)
from clear_record.law.expressions import Literal as Constant
from clear_record.law.kept import fingerprint_of
from clear_record.law.offenses import parse_entry
from clear_record.law.pack import (
    Band,
    Criterion,
    DatedValue,
    ListedOffense,
    OffenseList,
    Pack,
    Parameter,
    Period,
    Question,
    Row,
    Value,
    Wait,
    facts_in,
)
from clear_record.law.strict_yaml import Document, Place, parse_yaml, read_text, validated
from clear_record.law.vocabulary import VOCABULARY, Entry, Type

MOST_COMBINATIONS = 64
MOST_FACTS = 62
MOST_REMEDIES = 32
FIRST_CRITERION = "record_is_complete"
NO_REMEDIES = ("none", "no_change", "review", "refer")
_TRUTHS = {"true": True, "false": False}
_OFFENSES = "offenses.yaml"
OPTIONS = "options"


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Texts = Annotated[list[str], BeforeValidator(_listed)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _PeriodModel(_Model):
    begins_on: Annotated[date | None, Field(alias="from")] = None
    ends_on: Annotated[date | None, Field(alias="until")] = None

    @property
    def period(self) -> Period:
        return Period(self.begins_on, self.ends_on)


class _Authority(_Model):
    cite: str
    evidence: str


class _Scope(_Model):
    says: str
    cite: str
    test: str


class _QuestionModel(_Model):
    any: Literal["convictions", "charges", "arrests", "grants"] | None = None
    all: Literal["convictions", "charges", "arrests"] | None = None
    count: Literal["convictions", "charges", "arrests", "grants"] | None = None
    latest: Literal["convictions", "charges", "arrests"] | None = None
    earliest: Literal["convictions", "charges", "arrests"] | None = None
    of: str | None = None
    first_by: str | None = None
    distinct: Literal["charge_id", "case_id", "cycle_id"] = "charge_id"
    includes_this: bool = False
    where: str
    within: Literal["same_case", "same_cycle", "same_county", "state", "anywhere"]


class _BandModel(_Model):
    of: str
    cuts_above: Annotated[list[str], Field(alias="from")] = []
    cuts_below: Annotated[list[str], Field(alias="up_to")] = []
    values: list[str] = []
    applies: str | None = None


class _WaitModel(_Model):
    starts_on: Annotated[str, Field(alias="from")]
    years: str | None = None
    months: str | None = None
    days: str | None = None
    restarts_on: str | None = None


# Two low lines in a row stand in names that the compiler makes.
_Id = Annotated[str, Field(pattern=r"^[a-z](_?[a-z0-9])*_?$")]


class _CriterionModel(_Model):
    id: _Id
    says: Annotated[str, Field(min_length=1)]
    cite: Annotated[str, Field(min_length=1)]
    evidence: Annotated[str, Field(min_length=1)]
    test: str | None = None
    wait: _WaitModel | None = None
    applies: str | None = None
    unsettled: str | None = None
    on_unknown: Literal["review", "presume_true", "no_indication", "fail"] = "review"
    covered_by: str | None = None
    when_false: Literal["not_eligible", "not_yet"] = "not_eligible"


class _RowModel(_Model):
    when: str | None = None
    otherwise: Literal["true"] | None = None
    requires: list[str] = []
    gives: str
    if_serving: str | None = None
    reason: str | None = None
    alternative: Annotated[str | None, Field(min_length=1)] = None


class _PackModel(_Model):
    pack: str
    aliases: list[str] = []
    title: str
    layer: Literal["statute", "policy"]
    status: Literal["draft", "reviewed"]
    in_force: _PeriodModel
    authority: _Authority
    scope: _Scope
    serving: str | None = None
    history: dict[_Id, _QuestionModel] = {}
    bands: dict[_Id, _BandModel] = {}
    criteria: list[_CriterionModel]
    retired: list[_Id] = []
    ladder: list[str]
    remedies: list[_RowModel]


class _ValueModel(_PeriodModel):
    value: Annotated[str | list[str], Field(alias="is")]
    cite: str
    evidence: str


class _ParameterModel(_Model):
    says: str
    one_of: list[str] = []
    at_least: float | None = None
    at_most: float | None = None
    zero_is_off: bool = False
    values: Annotated[list[_ValueModel], Field(min_length=1)]


class _EntryModel(_PeriodModel):
    statute: str
    says: str | None = None
    attempts: bool = False
    conspiracies: bool = False


def _statute_alone(given: Any) -> Any:
    return {"statute": given} if isinstance(given, str) else given


_Entry = Annotated[_EntryModel, BeforeValidator(_statute_alone, json_schema_input_type=str | _EntryModel)]


class _ListModel(_Model):
    says: str
    cite: str
    evidence: str
    attempts: bool = False
    conspiracies: bool = False
    certain: list[_Entry] = []
    possible: list[_Entry] = []


class _BorrowedModel(_Model):
    from_pack: str


def _kind_of_list(given: Any) -> str:
    return "borrowed" if isinstance(given, dict) and "from_pack" in given else "own"


_ListOfAnyKind = Annotated[
    Annotated[_ListModel, Tag("own")] | Annotated[_BorrowedModel, Tag("borrowed")],
    Discriminator(_kind_of_list),
]
_Parameters = RootModel[dict[_Id, _ParameterModel]]
_Lists = RootModel[dict[_Id, _ListOfAnyKind]]
MODELS: Mapping[str, type[BaseModel]] = {"pack": _PackModel, "parameters": _Parameters, "offenses": _Lists}
"""What the reader expects of each file of a pack but its cases."""


def find_packs(folders: Sequence[Path]) -> dict[str, Path]:
    """The folder of each pack (`us_ca/prop64`) under the `packs/` of the folders; the first folder wins."""
    found: dict[str, Path] = {}
    for folder in reversed(folders):
        for file in sorted((folder / "packs").glob("*/*/pack.yaml")):
            found[file.parent.relative_to(folder / "packs").as_posix()] = file.parent
    return found


def named_packs(folders: Mapping[str, Path], names: Sequence[str]) -> dict[str, Path]:
    """The packs of these names, all of them if none is given. Raises InputRefused for an unknown name, with the nearest."""
    for name in names:
        if name not in folders:
            nearest = get_close_matches(name, sorted(folders), n=1, cutoff=0.0)
            hint = f"; the nearest is [{nearest[0]}]" if nearest else ""
            raise InputRefused(f"there is no pack [{name}]{hint}")
    return {name: folders[name] for name in names or folders}


def load_pack(
    folder: Path, options: Mapping[str, Any] | None = None, packs: Mapping[str, Path] | None = None
) -> Pack:
    """The pack of a folder, with an office's choices in place of its parameters' values.

    `packs` are the folders of the packs whose offense lists it may take, those beside it if not given. Raises
    InputRefused for an unknown choice or value, PackRefused for what the language does not allow.
    """
    texts = texts_of(folder, packs)
    if options:
        chosen = {name: _as_text(each, f"parameter [{name}]") for name, each in options.items()}
        texts[OPTIONS] = json.dumps(chosen, sort_keys=True)
    pack = pack_of(texts, str(folder))
    if folder.as_posix().rpartition("packs/")[2] != pack.name:
        raise PackRefused(
            f"{folder}/pack.yaml: the pack calls itself [{pack.name}], and its folder says otherwise"
        )
    return pack


def texts_of(folder: Path, packs: Mapping[str, Path] | None = None) -> dict[str, str]:
    """The texts that say the pack of a folder whole, by the names of their files; `packs` as `load_pack` has them."""
    texts = {
        name: read_text(folder / name)
        for name in ("pack.yaml", "parameters.yaml", _OFFENSES)
        if (folder / name).exists()
    }
    if "pack.yaml" not in texts:
        raise InputRefused(f"[{folder}] is no pack: it has no pack.yaml")
    return texts | _texts_of_lenders(texts, folder, packs)


def pack_of(texts: Mapping[str, str], folder: str = "pack") -> Pack:
    """The pack that texts say, by the names of their files; `folder` stands in messages."""
    return _PackReader(texts, folder).pack()


def documents_of(pack: Pack, folder: Path) -> dict[str, Document]:
    """The files of a pack's own folder, with the lines on which things stand."""
    return {
        name: _parsed(pack.texts[name], f"{folder}/{name}")
        for name in ("pack.yaml", "parameters.yaml", _OFFENSES)
        if name in pack.texts
    }


@lru_cache(maxsize=64)
def _parsed(text: str, name: str) -> Document:
    # 58 offices load one pack 58 times, with other choices each: reading its YAML is nearly all of the work.
    return parse_yaml(text, name)


def _texts_of_lenders(
    texts: Mapping[str, str], folder: Path, packs: Mapping[str, Path] | None
) -> dict[str, str]:
    """The offense lists of the packs that a pack takes lists from, so that its texts say it whole."""
    if _OFFENSES not in texts:
        return {}
    document = _parsed(texts[_OFFENSES], f"{folder}/{_OFFENSES}")
    found: dict[str, str] = {}
    for name, model in validated(_Lists, document).root.items():
        if not isinstance(model, _BorrowedModel):
            continue
        folders = packs if packs is not None else find_packs(folder.parents[2:3])
        lenders = {pack: each for pack, each in folders.items() if (each / _OFFENSES).exists()}
        if model.from_pack not in lenders:
            raise PackRefused(
                f"{document.at((name,))}: {name}: there is no pack [{model.from_pack}] with offense lists"
                f"{_nearest(model.from_pack, lenders)}"
            )
        found[_lists_of(model.from_pack)] = read_text(lenders[model.from_pack] / _OFFENSES)
    return found


def _lists_of(pack: str) -> str:
    """Under which name a pack's texts hold the offense lists of another."""
    return f"{pack}/{_OFFENSES}"


def _nearest(name: str, known: Iterable[str]) -> str:
    nearest = get_close_matches(name, sorted(known), n=1, cutoff=0.0)
    return f"; the nearest is [{nearest[0]}]" if nearest else ""


@dataclass(frozen=True)
class _PackReader:
    texts: Mapping[str, str]
    folder: str

    def _document(self, name: str) -> Document:
        return _parsed(self.texts[name], f"{self.folder}/{name}")

    @cached_property
    def document(self) -> Document:
        return self._document("pack.yaml")

    @cached_property
    def model(self) -> _PackModel:
        return validated(_PackModel, self.document)

    def at(self, *place: str | int) -> str:
        where = ".".join(str(part) for part in place)
        return f"{self.document.at(place)}: {where}"

    def pack(self) -> Pack:
        model = self.model
        questions = {name: self.question(name, each) for name, each in model.history.items()}
        bands = {name: self.band(name, each) for name, each in model.bands.items()}
        combinations = prod(band.parts_count for band in bands.values())
        if combinations > MOST_COMBINATIONS:
            raise PackRefused(
                f"{self.at('bands')}: {combinations} combinations; at most {MOST_COMBINATIONS} are allowed"
            )
        criteria = tuple(self.criteria())
        rows = tuple(self.rows({name: band.cuts for name, band in bands.items()}))
        self.check_ladder(rows)
        read = Pack(
            name=model.pack,
            aliases=tuple(model.aliases),
            title=model.title,
            layer=model.layer,
            status=model.status,
            in_force=model.in_force.period,
            cite=model.authority.cite,
            evidence=model.authority.evidence,
            scope=self.scope(model.scope.test),
            scope_says=model.scope.says,
            scope_cite=model.scope.cite,
            serving=None if model.serving is None else self.boolean(model.serving, "serving"),
            questions=questions,
            bands=bands,
            criteria=criteria,
            retired=tuple(model.retired),
            ladder=tuple(model.ladder),
            rows=rows,
            parameters=self.parameters,
            lists=self.lists,
            lenders={
                name: each.from_pack
                for name, each in self.list_models.items()
                if isinstance(each, _BorrowedModel)
            },
            facts=(),
            texts=dict(self.texts),
            fingerprint=fingerprint_of(self.texts),
        )
        self.check_caps(read)
        facts = facts_in(read.expressions)
        if len(facts) > MOST_FACTS:
            raise PackRefused(
                f"{self.document.name}: the pack asks for {len(facts)} facts; at most {MOST_FACTS} fit"
            )
        compared = _counts_compared(read)
        return replace(
            read,
            facts=facts,
            questions={
                name: replace(each, witnesses_count=compared.get(name, 1)) for name, each in questions.items()
            },
        )

    # ---- parts

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        if "parameters.yaml" not in self.texts:
            document, models = Document("parameters.yaml", {}), {}
        else:
            document = self._document("parameters.yaml")
            models = validated(_Parameters, document).root
        options = json.loads(self.texts.get(OPTIONS, "{}"))
        for name in options:
            if name not in models:
                raise InputRefused(
                    f"pack [{self.model.pack}] has no parameter [{name}]{_nearest(name, models)}"
                )
        return {name: _parameter(name, each, document, options.get(name)) for name, each in models.items()}

    @cached_property
    def list_models(self) -> "Mapping[str, _ListModel | _BorrowedModel]":
        return {} if _OFFENSES not in self.texts else validated(_Lists, self._document(_OFFENSES)).root

    @cached_property
    def lists(self) -> dict[str, OffenseList]:
        return {
            name: self.borrowed(name, each.from_pack, self._document(_OFFENSES).at((name,)))
            if isinstance(each, _BorrowedModel)
            else _offense_list(name, each, self._document(_OFFENSES))
            for name, each in self.list_models.items()
        }

    def borrowed(self, name: str, pack: str, place: str) -> OffenseList:
        """A list of another pack, which must be that pack's own."""
        document = _parsed(self.texts[_lists_of(pack)], _lists_of(pack))
        own = {
            each: model
            for each, model in validated(_Lists, document).root.items()
            if isinstance(model, _ListModel)
        }
        if name not in own:
            raise PackRefused(
                f"{place}: {name}: pack [{pack}] has no list [{name}] of its own{_nearest(name, own)}"
            )
        return _offense_list(name, own[name], document)

    @cached_property
    def known(self) -> Known:
        return Known(
            place=self.document.name,
            history={
                name: Type.BOOLEAN if each.any or each.all else Type.NUMBER if each.count else Type.DATE
                for name, each in self.model.history.items()
            },
            parameters={name: each.type for name, each in self.parameters.items()},
            lists=frozenset(self.lists),
        )

    def expression(self, text: str, place: Place, expected: Type | None = None, **more: Any) -> Expression:
        return parse(text, replace(self.known, place=self.at(*place), **more), expected)

    def boolean(self, text: str, *place: str | int, **more: Any) -> Expression:
        return self.expression(text, place, Type.BOOLEAN, **more)

    def scope(self, text: str) -> Expression:
        scope = self.boolean(text, "scope", "test")
        if any(name.scope == "history" for name in names_in(scope)):
            raise PackRefused(
                f"{self.at('scope', 'test')}: a scope asks of the charge and its person, not of history; ask history in a criterion"
            )
        return scope

    def question(self, name: str, model: _QuestionModel) -> Question:
        place: Place = ("history", name)
        asks = ("any", "all", "count", "latest", "earliest")
        asked = {ask: kind for ask in asks if (kind := getattr(model, ask))}
        if len(asked) != 1:
            raise PackRefused(f"{self.at(*place)}: a question asks one of {', '.join(asks)}")
        ((ask, kind),) = asked.items()
        if (model.of is not None) != (ask in ("latest", "earliest")):
            raise PackRefused(
                f"{self.at(*place)}: latest and earliest say the day they ask for with `of`, others do not"
            )
        if (kind == "grants") != (model.first_by is not None) or (kind == "grants" and model.includes_this):
            raise PackRefused(
                f"{self.at(*place)}: a question of grants, and only it, says with `first_by` in which order they are given; "
                "this charge is never among them"
            )
        asks_others = {"has_other": True, "history": {}}
        return Question(
            name=name,
            ask=ask,  # type: ignore[arg-type]
            kind=kind,
            where=self.boolean(model.where, *place, "where", **asks_others),
            within=model.within,
            of=None if model.of is None else self.day_of_other(model.of, (*place, "of")),
            first_by=None if model.first_by is None else self.day_of_charge(model.first_by, place),
            distinct=model.distinct,
            includes_this=model.includes_this,
        )

    def day_of_other(self, text: str, place: Place) -> Expression:
        day = self.expression(text, place, Type.DATE, has_other=True, history={})
        if any(name.scope != "other" for name in names_in(day)):
            raise PackRefused(
                f"{self.at(*place)}: the day that is asked for is one of the other record alone"
            )
        return day

    def day_of_charge(self, name: str, place: Place) -> Entry:
        days = {
            each.short_name: each
            for each in VOCABULARY.values()
            if each.scope == "charge" and each.type is Type.DATE
        }
        if name not in days:
            raise PackRefused(
                f"{self.at(*place, 'first_by')}: [{name}] is no day of a charge{_nearest(name, days)}"
            )
        return days[name]

    def check_caps(self, pack: Pack) -> None:
        """A question of grants is asked by a statute, in the test of a criterion: so that it can be left aside."""
        # A test may have the same words as another part, and then be equal to it.
        tests = {id(each.test) for each in pack.criteria}
        asked_elsewhere = {
            name.name
            for expression in pack.expressions
            if id(expression) not in tests
            for name in names_in(expression)
            if name.scope == "history"
        }
        for at, criterion in enumerate(pack.criteria):
            if criterion in pack.caps and criterion.on_unknown != "review":
                raise PackRefused(
                    f"{self.at('criteria', at, 'on_unknown')}: whether relief was given to others may be open by law, which nothing "
                    "presumes; a criterion that asks for grants leaves what is unknown to review"
                )
        for name in sorted(pack.questions_of_grants):
            if pack.layer == "policy":
                raise PackRefused(f"{self.at('history', name)}: a pack of layer policy asks for no grants")
            if name in asked_elsewhere:
                raise PackRefused(
                    f"{self.at('history', name)}: a question of grants stands in the test of a criterion, and nowhere else"
                )

    def band(self, name: str, model: _BandModel) -> Band:
        place: Place = ("bands", name)
        of = self.expression(model.of, (*place, "of"))
        if AS_OF in walk(of):
            raise PackRefused(
                f"{self.at(*place)}: a band divides what is on record; compare with as_of in a criterion, so that "
                "the day on which it changes is known"
            )
        type = type_of(of)
        if type in (Type.OFFENSE, Type.CODES):
            raise PackRefused(
                f"{self.at(*place)}: a band is of a number, a date, a code or a boolean, and [{model.of}] is none of them"
            )
        given = [each for each in (model.cuts_above, model.cuts_below, model.values) if each]
        fits = {Type.BOOLEAN: not given, Type.CODE: len(given) == 1 and bool(model.values)}
        if not fits.get(type, len(given) == 1 and not model.values):
            raise PackRefused(
                f"{self.at(*place)}: a band of a number or date is cut by `from` or `up_to`, of a code by `values`, "
                "of a boolean by neither"
            )
        cuts = BandCuts(
            type,
            tuple(self.cut(each, type, place) for each in model.cuts_above or model.cuts_below),
            bool(model.cuts_above),
            tuple(model.values),
        )
        if list(cuts.cuts) != sorted(set(cuts.cuts)):
            raise PackRefused(f"{self.at(*place)}: the cuts of a band grow, and none stands twice")
        applies = None if model.applies is None else self.boolean(model.applies, *place, "applies")
        return Band(name, of, cuts, applies)

    def cut(self, text: str, type: Type, place: Place) -> float | date:
        refused = PackRefused(f"{self.at(*place)}: [{text}] is no {type} to cut at")
        try:
            found = float(text) if type is Type.NUMBER else date.fromisoformat(text)
        except ValueError as error:
            raise refused from error
        if isinstance(found, float) and not isfinite(found):
            raise refused
        return found

    def criteria(self) -> Iterator[Criterion]:
        earlier: list[str] = []
        for position, model in enumerate(self.model.criteria):
            place: Place = ("criteria", position)
            if position == 0 and model.id != FIRST_CRITERION:
                raise PackRefused(
                    f"{self.at(*place)}: the first criterion of every pack is [{FIRST_CRITERION}]"
                )
            if position == 0 and (model.applies or model.wait or model.on_unknown != "review"):
                raise PackRefused(
                    f"{self.at(*place)}: [{FIRST_CRITERION}] is asked of every charge, and nothing replaces what it leaves open: "
                    "no applies, no wait, no on_unknown"
                )
            if model.id in earlier:
                raise PackRefused(f"{self.at(*place)}: a second criterion is called [{model.id}]")
            if model.id in self.model.retired:
                raise PackRefused(
                    f"{self.at(*place)}: the id [{model.id}] was retired; ids stand in tables and are never used again"
                )
            if (model.test is None) == (model.wait is None):
                raise PackRefused(f"{self.at(*place)}: a criterion has either a test or a wait")
            if (model.on_unknown == "no_indication") != (model.covered_by is not None):
                raise PackRefused(
                    f"{self.at(*place)}: no_indication, and only it, says its source with `covered_by`"
                )
            criteria = frozenset(earlier)

            def read(
                part: str, text: str | None, at: Place = place, ids: frozenset[str] = criteria
            ) -> Expression | None:
                return None if text is None else self.boolean(text, *at, part, criteria=ids)

            yield Criterion(
                id=model.id,
                says=model.says,
                cite=model.cite,
                evidence=model.evidence,
                test=read("test", model.test),
                wait=None if model.wait is None else self.wait(model.wait, place),
                applies=read("applies", model.applies),
                unsettled=read("unsettled", model.unsettled),
                on_unknown=model.on_unknown,
                covered_by=model.covered_by,
                when_false="not_yet" if model.wait is not None else model.when_false,
            )
            earlier.append(model.id)

    def wait(self, model: _WaitModel, place: Place) -> Wait:
        at: Place = (*place, "wait")
        restarts_on = None
        if model.restarts_on is not None:
            asked = self.expression(model.restarts_on, (*at, "restarts_on"), Type.DATE)
            if not isinstance(asked, Name) or asked.scope != "history":
                raise PackRefused(f"{self.at(*at)}: restarts_on names a history question")
            restarts_on = asked
        lengths = {
            unit: length
            for unit, length in (("years", model.years), ("months", model.months), ("days", model.days))
            if length is not None
        }
        if len(lengths) != 1:
            raise PackRefused(f"{self.at(*at)}: a wait is of years, months or days")
        ((unit, length),) = lengths.items()
        return Wait(
            starts_on=self.part_of_wait(model.starts_on, (*at, "from"), Type.DATE),
            length=self.part_of_wait(length, (*at, unit), Type.NUMBER),
            unit=unit,  # type: ignore[arg-type]
            restarts_on=restarts_on,
        )

    def part_of_wait(self, text: str, place: Place, expected: Type) -> Expression:
        part = self.expression(text, place, expected)
        if AS_OF in walk(part):
            raise PackRefused(
                f"{self.at(*place)}: [{text}] moves with as_of; a wait is counted from a day on record, and is as long as the "
                "record says, so that the day on which it ends is known"
            )
        return part

    def rows(self, bands: Mapping[str, BandCuts]) -> Iterator[Row]:
        criteria = [each.id for each in self.model.criteria]
        last = len(self.model.remedies) - 1
        for position, model in enumerate(self.model.remedies):
            place: Place = ("remedies", position)
            if (model.otherwise is not None) != (position == last) or (model.when is None) != (
                position == last
            ):
                raise PackRefused(
                    f"{self.at(*place)}: each row has a `when`, and the last alone is `otherwise: true`"
                )
            for id in model.requires:
                if id not in criteria:
                    nearest = get_close_matches(id, criteria, n=1, cutoff=0.0)[0]
                    raise PackRefused(
                        f"{self.at(*place, 'requires')}: no criterion is called [{id}]; nearest is [{nearest}]"
                    )
            if model.if_serving is not None and self.model.serving is None:
                raise PackRefused(f"{self.at(*place)}: if_serving needs the pack to say `serving`")
            if model.if_serving is not None and {model.gives, model.if_serving} & set(NO_REMEDIES):
                raise PackRefused(
                    f"{self.at(*place)}: if_serving is a remedy in place of a remedy; {', '.join(NO_REMEDIES)} are none"
                )
            yield Row(
                when=self.boolean(model.when or "true", *place, criteria=frozenset(criteria), bands=bands),
                requires=tuple(model.requires),
                gives=model.gives,
                if_serving=model.if_serving,
                reason=self.reason(model.reason, place),
                alternative=model.alternative,
            )

    def reason(self, text: str | None, place: Place) -> str | None:
        if text is None:
            return None
        choices = {name: _plain(each.values[-1].value) for name, each in self.parameters.items()}
        try:
            return text.format_map(choices)
        except (KeyError, ValueError, IndexError, AttributeError) as error:
            raise PackRefused(
                f"{self.at(*place, 'reason')}: [{text}] names a parameter that is not there"
            ) from error

    def check_ladder(self, rows: Sequence[Row]) -> None:
        given = dict.fromkeys(
            each for row in rows for each in (row.gives, row.if_serving) if each is not None
        )
        for remedy in given:
            if remedy not in NO_REMEDIES and remedy not in self.model.ladder:
                raise PackRefused(
                    f"{self.at('ladder')}: remedy [{remedy}] is given, and stands not on the ladder"
                )
        if len(self.model.ladder) > MOST_REMEDIES:
            raise PackRefused(
                f"{self.at('ladder')}: {len(self.model.ladder)} remedies; at most {MOST_REMEDIES} are allowed"
            )
        for remedy in self.model.ladder:
            if remedy in (*NO_REMEDIES, "not_yet"):
                raise PackRefused(f"{self.at('ladder')}: [{remedy}] is no remedy")
            if remedy not in given:
                raise PackRefused(
                    f"{self.at('ladder')}: remedy [{remedy}] stands on the ladder, and no row gives it"
                )


def _parameter(name: str, model: _ParameterModel, document: Document, chosen: Any) -> Parameter:
    """A parameter; what an office chose holds at all times."""
    type = _type_of_value(model.values[0].value)
    values = tuple(
        DatedValue(
            _value(
                each.value, type, model, f"{document.at((name, 'values', position))}: {name}", PackRefused
            ),
            each.period,
            each.cite,
            each.evidence,
        )
        for position, each in enumerate(model.values)
    )
    if chosen is not None:
        value = _value(chosen, type, model, f"parameter [{name}]", InputRefused)
        values = (DatedValue(value, Period(), "the office's choice", "C"),)
    if not all(_follows(after.period, before.period) for before, after in pairwise(values)):
        raise PackRefused(
            f"{document.at((name,))}: {name}: its values overlap, or do not stand in the order of their days"
        )
    ended = tuple(
        replace(each, period=Period(each.period.begins_on, each.period.ends_on or later.period.begins_on))
        for each, later in zip(values, (*values[1:], values[-1]), strict=True)
    )
    return Parameter(name, model.says, type, (*ended[:-1], values[-1]))


def _follows(after: Period, before: Period) -> bool:
    """Whether a period begins when the one before it has ended; one with an open end lasts until the next."""
    if after.begins_on is None:
        return False
    if before.ends_on is not None:
        return before.ends_on <= after.begins_on
    return before.begins_on is None or before.begins_on < after.begins_on


def _as_text(chosen: Any, place: str) -> str | list[str]:
    """A choice as YAML would have it. Codes are a set: in whatever order they were written, the choice is the same."""
    if isinstance(chosen, bool):
        return str(chosen).lower()
    if isinstance(chosen, list | tuple) and all(isinstance(each, str) for each in chosen):
        return sorted(set(chosen))
    if isinstance(chosen, str | int | float):
        return str(chosen)
    raise InputRefused(f"{place}: a text, a number, true, false or a list of texts was expected")


def _type_of_value(value: str | list[str]) -> Type:
    if isinstance(value, list):
        return Type.CODES
    if value in _TRUTHS:
        return Type.BOOLEAN
    return Type.NUMBER if _is_number(value) else Type.CODE


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False


def _value(
    given: str | list[str],
    type: Type,
    model: _ParameterModel,
    place: str,
    refused: Callable[[str], InputRefused],
) -> Value:
    if _type_of_value(given) is not type and not (type is Type.CODE and isinstance(given, str)):
        raise refused(f"{place}: [{given}] is not a {type}")
    for each in given if isinstance(given, list) else [given]:
        if model.one_of and each not in model.one_of:
            raise refused(f"{place}: [{each}] is not one of {', '.join(model.one_of)}")
    if isinstance(given, list):
        return tuple(given)
    if type is Type.BOOLEAN:
        return _TRUTHS[given]
    if type is not Type.NUMBER:
        return given
    number = float(given)
    is_off = model.zero_is_off and number == 0
    if not is_off and not _is_within(number, model):
        bounds = [("from", model.at_least), ("to", model.at_most)]
        expected = " ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None)
        zero = ", or 0, which is off" if model.zero_is_off else ""
        raise refused(f"{place}: [{given}] is not {expected}{zero}")
    return number


def _is_within(number: float, model: _ParameterModel) -> bool:
    return (model.at_least is None or model.at_least <= number) and (
        model.at_most is None or number <= model.at_most
    )


def _plain(value: Value) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _offense_list(name: str, model: _ListModel, document: Document) -> OffenseList:
    return OffenseList(name, model.says, model.cite, model.evidence, tuple(_entries(name, model, document)))


def _entries(name: str, model: _ListModel, document: Document) -> Iterator[ListedOffense]:
    for certainty, given in (("certain", model.certain), ("possible", model.possible)):
        for position, entry in enumerate(given):
            try:
                parsed = parse_entry(
                    entry.statute,
                    attempts=entry.attempts or model.attempts,
                    conspiracies=entry.conspiracies or model.conspiracies,
                )
            except PackRefused as error:
                raise PackRefused(f"{document.at((name, certainty, position))}: {name}: {error}") from error
            yield ListedOffense(parsed, certainty == "certain", entry.period, entry.statute, entry.says)


def _counts_compared(pack: Pack) -> dict[str, int]:
    """For each question of a count the largest number that it, or a sum with it, is compared with."""
    largest: dict[str, int] = {}
    for expression in pack.expressions:
        for node in walk(expression):
            if not isinstance(node, Compare):
                continue
            for one, other in ((node.left, node.right), (node.right, node.left)):
                for name in names_in(one):
                    if name.scope == "history" and (numbers := _numbers(other, pack)):
                        largest[name.name] = max(largest.get(name.name, 1), *map(int, numbers))
    return largest


def _numbers(side: Expression, pack: Pack) -> list[float]:
    """The numbers that a side of a comparison can be: a constant, or the values of a parameter."""
    if isinstance(side, Constant):
        found: list[Any] = [side.value]
    elif isinstance(side, Name) and side.scope == "parameters":
        found = [each.value for each in pack.parameters[side.name].values]
    else:
        found = []
    return [each for each in found if isinstance(each, float)]
