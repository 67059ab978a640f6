"""A state's own tables into the record tables: people, charges, dispositions, sentences, supervision and the rest.

From what a state says to what is written: `source` (the description), `finding` (where each table is), `reading` (its cells),
`typing` (coded and checked rows), `judging` (which rows are believed), `folding` (charges), `conflicts` (where tables disagree),
`records` (the rows of the record tables), `delivery` (all of them in order).
"""
