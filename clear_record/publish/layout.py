"""The layout of the published lists: which files, which delivered columns, and the 18 columns that are added.

Offices know it from the program of 2019 (docs/formats/published_files.md).
"""

ALL_RESULTS = "All_Results.csv"
CONDENSED_RESULTS = "All_Results_Condensed.csv"
DECIDED_RESULTS = "Prop64_Results.csv"
WITHOUT_COUNTY_RESULTS = "Without_County.csv"
LISTS = (ALL_RESULTS, CONDENSED_RESULTS, DECIDED_RESULTS, WITHOUT_COUNTY_RESULTS)
SUMMARY = "summary.json"

ADDED_COLUMNS = (
    "Case Number",
    "# of convictions on record",
    "Possible Other P64 Charges",
    "Occurred after 11/9/2016",
    "Superstrike Code Section(s)",
    "PC290 Code Section(s)",
    "PC290 Registration",
    "Date of Conviction",
    "Years Since This Conviction",
    "Years Since Any Conviction",
    "# of Prop 64 convictions",
    "# of HS 11357 convictions",
    "# of HS 11358 convictions",
    "# of HS 11359 convictions",
    "# of HS 11360 convictions",
    "Deceased",
    "Eligibility Determination",
    "Eligibility Reason",
)

# What the 18 columns hold on a row that is not the first of a decided count.
NOTHING_ADDED = "," * len(ADDED_COLUMNS)

_PERSON = (11, 12, 13, 14, 22)
_CYCLE_AND_STEP = (37, 40, 46, 48)
_COUNT = (51, 52, 54)
_DISPOSITION_AND_SENTENCE = (80, 82, 86, 87, 88)
CONDENSED_COLUMNS = (*_PERSON, *_CYCLE_AND_STEP, *_COUNT, *_DISPOSITION_AND_SENTENCE, 90, 93, 94)
