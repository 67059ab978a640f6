"""The figures that the invented people follow: public ones where there are any, each with its source, else chosen.

Sources are those of docs/law/relief-law.md, section F. The public figures are of announced or nominated convictions:
loose bands, not truths. `chosen` marks what only has to be plausible. Rates are shares of 0 to 1.
"""

from datetime import date
from typing import NamedTuple

from clear_record.synth.dice import Shares

EXTRACTED_ON = date(2019, 6, 1)  # AB 1793: the DOJ's list went out before 1 July 2019; nothing happens later

# --- people ------------------------------------------------------------------------------------------------


class Coded(NamedTuple):
    """A value as the DOJ prints it: its code, and what that means."""

    code: str
    name: str


# Los Angeles, February 2020 [S9][S75]: 45% Latino, 32% Black, 20% White, 3% other or unknown (split: chosen).
RACES = Shares(
    {
        Coded("H", "HISPANIC"): 45, Coded("B", "BLACK"): 32, Coded("W", "WHITE"): 20,
        Coded("O", "OTHER"): 0.9, Coded("X", "UNKNOWN"): 0.5, Coded("", ""): 0.2, Coded("A", "OTHER ASIAN"): 0.3,
        Coded("C", "CHINESE"): 0.2, Coded("F", "FILIPINO"): 0.3, Coded("I", "AMERICAN INDIAN"): 0.2,
        Coded("P", "PACIFIC ISLANDER"): 0.2, Coded("S", "SAMOAN"): 0.1, Coded("V", "VIETNAMESE"): 0.1,
    }
)  # fmt: skip
SEXES = Shares({"M": 86, "F": 13.6, "U": 0.2, "": 0.2})  # chosen, as the next three
EYES = Shares(
    {Coded("BRO", "BROWN"): 75, Coded("BLU", "BLUE"): 9, Coded("HAZ", "HAZEL"): 7, Coded("GRN", "GREEN"): 5, Coded("BLK", "BLACK"): 4}
)  # fmt: skip
HAIR = Shares(
    {Coded("BLK", "BLACK"): 50, Coded("BRO", "BROWN"): 42, Coded("BLN", "BLOND"): 6, Coded("BAL", "BALD"): 2}
)
BIRTH_PLACES = Shares(
    {
        Coded("CA", "CALIFORNIA"): 70, Coded("MX", "MEXICO"): 10, Coded("TX", "TEXAS"): 4, Coded("YY", "UNKNOWN"): 4,
        Coded("x", "NULL"): 2, Coded("", ""): 10,
    }
)  # fmt: skip

AGES_AT_FIRST_ARREST = Shares(  # chosen; under 30 the majority [S84]
    {(14, 17): 3, (18, 20): 27, (21, 24): 25, (25, 29): 18, (30, 39): 17, (40, 49): 7, (50, 65): 3}
)
# Chosen; back to 1961 in Los Angeles [S9], and some arrests after 9 November 2016.
YEARS_OF_FIRST_ARREST = Shares(
    {(1961, 1971): 1, (1972, 1975): 2.5, (1976, 1989): 21, (1990, 1999): 26, (2000, 2010): 33, (2011, 2016): 14.5, (2017, 2018): 2}
)  # fmt: skip


LOS_ANGELES = "LOS ANGELES"
# Convictions that the counties announced: Los Angeles [S9], San Diego [S75], San Francisco and Sacramento [S77][S78],
# San Joaquin [S76], Contra Costa [S79], Yolo [S80].
_ANNOUNCED = {
    LOS_ANGELES: 66_000, "SAN DIEGO": 35_000, "SAN FRANCISCO": 9_362, "SACRAMENTO": 5_303,
    "SAN JOAQUIN": 4_000, "CONTRA COSTA": 3_264, "YOLO": 700,
}  # fmt: skip
# The other counties share the rest of the DOJ's 220,000 [S9] by their people in thousands (census of 2010, rounded).
_THOUSANDS_OF_PEOPLE = {
    "ALAMEDA": 1510, "ALPINE": 1, "AMADOR": 38, "BUTTE": 220, "CALAVERAS": 46, "COLUSA": 21, "DEL NORTE": 29,
    "EL DORADO": 181, "FRESNO": 930, "GLENN": 28, "HUMBOLDT": 135, "IMPERIAL": 175, "INYO": 19, "KERN": 840, "KINGS": 153,
    "LAKE": 65, "LASSEN": 35, "MADERA": 151, "MARIN": 252, "MARIPOSA": 18, "MENDOCINO": 88, "MERCED": 256, "MODOC": 10,
    "MONO": 14, "MONTEREY": 415, "NAPA": 136, "NEVADA": 99, "ORANGE": 3010, "PLACER": 348, "PLUMAS": 20, "RIVERSIDE": 2190,
    "SAN BENITO": 55, "SAN BERNARDINO": 2035, "SAN LUIS OBISPO": 270, "SAN MATEO": 718, "SANTA BARBARA": 424,
    "SANTA CLARA": 1782, "SANTA CRUZ": 262, "SHASTA": 177, "SIERRA": 3, "SISKIYOU": 45, "SOLANO": 413, "SONOMA": 484,
    "STANISLAUS": 514, "SUTTER": 95, "TEHAMA": 63, "TRINITY": 14, "TULARE": 442, "TUOLUMNE": 55, "VENTURA": 823, "YUBA": 72,
}  # fmt: skip
_CONVICTIONS_PER_THOUSAND = (220_000 - sum(_ANNOUNCED.values())) / sum(_THOUSANDS_OF_PEOPLE.values())
CONVICTIONS_BY_COUNTY = _ANNOUNCED | {
    name: thousands * _CONVICTIONS_PER_THOUSAND for name, thousands in _THOUSANDS_OF_PEOPLE.items()
}
# California's counties are numbered in the order of the alphabet.
COUNTIES = Shares(
    {
        Coded(f"{number:02}", name): CONVICTIONS_BY_COUNTY[name]
        for number, name in enumerate(sorted(CONVICTIONS_BY_COUNTY), start=1)
    }
)
AWAY_FROM_HOME = 0.12  # arrest cycles in another county; chosen

# --- records -----------------------------------------------------------------------------------------------

# 1.27 a person statewide [S81], 1.25 in Los Angeles [S9]; none at all (acquitted, a look-alike section): chosen.
PROP_64_CONVICTIONS = Shares({0: 4, 1: 76, 2: 14.5, 3: 4, 4: 1.5})
# All convictions: 1.8 a subject (docs/formats/ca_doj.md).
OTHER_CONVICTIONS = Shares({0: 66, 1: 17, 2: 9, 3: 5, 5: 3})
DISMISSED_COUNTS = Shares({0: 55, 1: 30, 2: 15})  # beside the convictions of a cycle; chosen
ARRESTS_ONLY = Shares({0: 72, 1: 20, 2: 8})  # cycles without a court step; chosen
SAME_CYCLE = 0.35  # a further conviction belongs to a cycle that is there; chosen
# Years between the first cannabis conviction and another cycle; chosen.
YEARS_APART = Shares({0: 14, 1: 22, 2: 17, 3: 12, 4: 9, 6: 9, 8: 7, 12: 6, 18: 4})
BEFORE_THE_FIRST = 0.35  # other cycles that lie before the first cannabis conviction; chosen
WOBBLER_IS_FELONY = 0.6  # chosen

NO_ARREST_STEP = 0.03  # chosen, as all that follow
ADDED_AT_COURT = 0.02
DROPPED_BEFORE_COURT = 0.12
COUNTS_RENUMBERED = 0.03
TWO_OFFENSES_ONE_NUMBER = 0.02  # of court steps with two counts or more
CONVICTED_OF_ANOTHER = 0.04
# What is dismissed beside a conviction, or was charged where the conviction is for another offense.
CANNABIS_AS_CHARGED = 0.5

PRISON_FOR_FELONY = 0.22
# Lengths in days, months or years.
PROBATION_TERMS: dict[tuple[int, str], float] = {
    (36, "M"): 60, (3, "Y"): 15, (24, "M"): 10, (12, "M"): 8, (60, "M"): 4, (5, "Y"): 3,
}  # fmt: skip
JAIL_TERMS: dict[tuple[int, str], float] = {
    (1, "D"): 8, (10, "D"): 10, (30, "D"): 16, (60, "D"): 14, (90, "D"): 16, (120, "D"): 9, (180, "D"): 14, (6, "M"): 4,
    (365, "D"): 9,
}  # fmt: skip
PRISON_TERMS: dict[tuple[int, str], float] = {
    (16, "M"): 45, (2, "Y"): 30, (3, "Y"): 14, (4, "Y"): 7, (8, "Y"): 3, (25, "Y"): 1,
}  # fmt: skip
PROBATION_PART = 0.85
JAIL_PART = 0.75
FINE_PART = 0.45
REPEATED_PART = 0.03
LENGTH_NOT_RECORDED = 0.02

PROBATION_STEP = 0.3  # of the sentences that have such a part
CUSTODY_STEP = 0.4
PROBATION_REVOKED = 0.04
# Of the cycles with a conviction, where the law allowed it. By petition under HS 11361.8: 3% to 10% [S79b][S81b].
LATER_CHANGES = Shares(
    {"none": 72, "set_aside": 9, "reduced_17b": 5, "resentenced": 1, "resentenced_1170_18": 6, "relieved_11361_8": 6, "dismissed": 1}
)  # fmt: skip
REDUCED_BY_PETITION = 0.5  # of felonies relieved under HS 11361.8, else dismissed
RELIEF_IN_CONVICTION = 0.004  # the conviction itself is printed as set aside under 1203.4
SENTENCE_IN_CONVICTION = 0.3  # or with the places of its sentence (CONVICTED-PROB/JAIL)

REGISTERED_AS_DUE = 0.8  # of those with a registrable conviction
REGISTERED_WITHOUT_ONE = 0.003
REGISTERED_FOR_NARCOTICS = 0.015
APPLICANT = 0.15
DECEASED = 0.03

NAMED_AT_DISPOSITION = 0.25  # another offense of conviction stands in DISP_OFFENSE_*, else in CONV_OFFENSE_*

# --- how it is printed -------------------------------------------------------------------------------------

MANNERS_OF_PRINT = Shares(
    {"as_in_table": 93.5, "spelling": 3, "attempt": 1.5, "comment": 1.2, "conspiracy": 0.8}
)
NO_BIRTH_DATE = 0.01
BLEMISHED_DATE = 0.012
SEVERITY_PADDED = 0.02
SEVERITY_MISSING = 0.03
SEVERITY_CONFLICT = 0.012
COUNTY_PADDED = 0.01
COUNTY_MISSING = 0.003
DISP_DATE_PRINTED = 0.4
DISP_DATE_DIFFERS = 0.03
CASE_NUMBER_MISSING = 0.25  # then the OFN of the court step is the case number
REMARK = 0.05
COMMENT_NAMES_ANOTHER = 0.006
FORMULA = 0.002
FILLER = 0.02
MISSING_IS_FILLER = 0.2  # a missing severity or county is printed as a filler, else it is blank
CANARY = 0.002
NICKNAME = 0.04

SPLIT_BY_CYCLE = 0.25  # people whose cycles are spread over the files
SPLIT_BY_ROW = 0.05  # people whose rows are
NOT_CONTIGUOUS = 0.05  # people whose last rows stand further down the same file
