-- The invented law us_zz/second_chance by hand, on a day from 1 January 2024 on (the variable as_of): what `scripts/bench --compare` holds the
-- compiler against. It reads the views charge, fact, reject, subject_link and coverage of the record tables, without settlements, and
-- gives the outcome of each charge in scope. A boolean that is null is unknown. The law in YAML: tests/packs/us_zz/second_chance.
WITH RECURSIVE
-- Which ids are one person: of each pair the last link that began by the day, and among those of one day the careful one.
link AS (
    SELECT * FROM subject_link
    WHERE coalesce(linked_from <= getvariable('as_of'), true)
    QUALIFY row_number() OVER (
        PARTITION BY least(subject_id, linked_subject_id), greatest(subject_id, linked_subject_id)
        ORDER BY linked_from DESC NULLS LAST, list_position(['unknown', 'conflict', 'split', 'merge'], kind), subject_id
    ) = 1
),
holding AS (SELECT * FROM link WHERE coalesce(linked_until > getvariable('as_of'), true)),
merged AS (SELECT subject_id, linked_subject_id FROM holding WHERE kind = 'merge'),
near AS (
    SELECT subject_id AS one, linked_subject_id AS other FROM merged
    UNION SELECT linked_subject_id, subject_id FROM merged
),
together AS (
    SELECT one, other FROM near
    UNION SELECT together.one, near.other FROM together JOIN near ON near.one = together.other
),
person AS (
    SELECT one AS subject_id, arg_min(other, (other IN (SELECT linked_subject_id FROM merged), other)) AS person_id
    FROM together GROUP BY one
),
held AS (
    SELECT DISTINCT coalesce(person_id, found.subject_id) AS subject_id
    FROM (
        SELECT subject_id FROM reject WHERE subject_id IS NOT NULL
        UNION SELECT unnest([subject_id, linked_subject_id]) FROM holding WHERE kind IN ('conflict', 'unknown')
    ) AS found
    LEFT JOIN person USING (subject_id)
),
covered AS (SELECT record_kind, jurisdiction AS state FROM coverage GROUP BY ALL),
restitution AS (
    SELECT charge_id,
        bool_or(name = 'restitution_ordered') AS is_recorded,
        if(min(value) FILTER (name = 'restitution_ordered') = max(value) FILTER (name = 'restitution_ordered'),
            min(value) FILTER (name = 'restitution_ordered'), NULL)::BOOLEAN AS ordered,
        if(min(value) FILTER (name = 'restitution_paid') = max(value) FILTER (name = 'restitution_paid'),
            min(value) FILTER (name = 'restitution_paid'), NULL)::BOOLEAN AS paid
    FROM fact WHERE name IN ('restitution_ordered', 'restitution_paid') GROUP BY charge_id
),
pending AS (
    SELECT coalesce(person_id, fact.subject_id) AS subject_id,
        if(min(value) = max(value), min(value), NULL)::BOOLEAN AS is_pending
    FROM fact LEFT JOIN person USING (subject_id) WHERE name = 'has_pending_charge' GROUP BY ALL
),
-- A list is matched (true), not matched (false), or not known to be (null): an offense that was not read, or one that the law leaves open.
read AS (
    SELECT charge_id, coalesce(person_id, charge.subject_id) AS subject_id, kind, state, is_understood,
        sentence_ends_earliest, sentence_ends_latest, convicted_earliest, convicted_latest,
        (convicted_earliest IS NULL AND convicted_latest IS NULL) OR convicted_earliest > getvariable('as_of') AS was_not,
        coalesce(convicted_latest <= getvariable('as_of'), false) AS was,
        coalesce(offense_is_readable, false) AS is_readable,
        coalesce(offense_attempt, false) AS attempt,
        coalesce(offense_conspiracy AND offense_section <> '182', false) AS conspiracy,
        offense_section AS section, coalesce(offense_code, '') AS code
    FROM charge LEFT JOIN person USING (subject_id)
),
listed AS (
    SELECT *,
        CASE WHEN section IS NULL THEN NULL
            WHEN code IN ('', 'HS') AND section IN ('11364', '11357') AND NOT attempt AND NOT conspiracy
                THEN if(is_readable, true, NULL)
            ELSE false END AS is_minor,
        CASE WHEN section IS NULL THEN NULL
            WHEN code IN ('', 'PC') AND section IN ('187', '211') AND NOT conspiracy THEN if(is_readable, true, NULL)
            WHEN code IN ('', 'PC') AND section = '245' AND NOT conspiracy THEN NULL
            ELSE false END AS is_violent,
        -- The order in which the law is given: between two days, an absent one last.
        CASE WHEN was_not THEN false WHEN was THEN true END AS was_convicted
    FROM read
),
-- Of each person the convictions of violent felonies, as lists: few have any.
violent AS (
    SELECT subject_id, list({'charge_id': charge_id, 'is_certain': is_violent AND was, 'low': convicted_earliest, 'high': convicted_latest}) AS felonies
    FROM listed WHERE kind = 'conviction' AND NOT was_not AND is_violent IS NOT false GROUP BY subject_id
),
asked AS (
    SELECT listed.*, held.subject_id IS NULL AND coalesce(is_understood, false) AS is_complete, is_minor AS in_scope,
        CASE WHEN sentence_ends_latest + INTERVAL 3 YEAR <= getvariable('as_of') THEN true
            WHEN sentence_ends_earliest + INTERVAL 3 YEAR > getvariable('as_of') THEN false END AS has_waited,
        coalesce(
            CASE WHEN pending.subject_id IS NOT NULL THEN NOT is_pending WHEN sources.has_pending THEN true END,
            if(sources.has_pending, true, NULL)
        ) AS none_pending,
        coalesce(
            NOT CASE WHEN coalesce(is_recorded, false) THEN ordered WHEN sources.has_restitution THEN false END OR paid,
            false
        ) AS has_paid,
        list_transform(coalesce(felonies, []), lambda felony: {
            'charge_id': felony.charge_id,
            'is_before': CASE WHEN felony.charge_id = listed.charge_id THEN false
                WHEN listed.was_not THEN false
                WHEN felony.low >= listed.convicted_latest THEN false
                WHEN felony.high < listed.convicted_earliest AND felony.is_certain AND listed.was THEN true END
        }) AS others
    FROM listed
    LEFT JOIN held USING (subject_id)
    LEFT JOIN violent USING (subject_id)
    LEFT JOIN pending USING (subject_id)
    LEFT JOIN restitution USING (charge_id)
    LEFT JOIN (
        SELECT state, bool_or(record_kind = 'pending_charge') AS has_pending,
            bool_or(record_kind = 'fact:restitution_ordered') AS has_restitution
        FROM covered GROUP BY state
    ) AS sources USING (state)
    WHERE kind = 'conviction' AND is_minor IS NOT false
),
barred AS (
    SELECT *,
        CASE WHEN len(list_filter(others, lambda other: other.is_before)) > 0 THEN true
            WHEN len(list_filter(others, lambda other: other.is_before IS NULL)) > 0 THEN NULL
            ELSE false END AS is_barred
    FROM asked
),
-- With the cap left aside: whether relief is certain (true), out of the question (false), or may be given.
granted AS (
    SELECT *,
        CASE WHEN is_barred OR NOT has_paid OR NOT has_waited OR NOT none_pending THEN false
            WHEN is_complete AND in_scope AND NOT is_barred AND has_paid AND has_waited AND none_pending THEN true END AS is_granted
    FROM barred
),
grants AS (
    SELECT subject_id, list({'charge_id': charge_id, 'is_granted': is_granted, 'low': convicted_earliest,
        'high': convicted_latest, 'was': was_convicted}) AS given
    FROM granted WHERE is_granted IS NOT false GROUP BY subject_id
),
ordered AS (
    SELECT granted.*,
        list_transform(list_filter(coalesce(given, []), lambda grant_: grant_.charge_id <> granted.charge_id), lambda grant_: {
            'is_granted': grant_.is_granted,
            'is_first':
                -- before it,
                ((CASE WHEN grant_.high < granted.convicted_earliest THEN true WHEN grant_.low >= granted.convicted_latest THEN false END)
                    AND grant_.was AND granted.was_convicted)
                -- or this one has no day,
                OR (grant_.was AND NOT granted.was_convicted)
                -- or both have the same, and the id decides.
                OR ((((CASE WHEN grant_.low = grant_.high AND granted.convicted_earliest = granted.convicted_latest
                        AND grant_.low = granted.convicted_earliest THEN true
                        WHEN grant_.high < granted.convicted_earliest OR grant_.low > granted.convicted_latest THEN false END)
                        AND grant_.was AND granted.was_convicted)
                    OR (NOT grant_.was AND NOT granted.was_convicted))
                    AND grant_.charge_id < granted.charge_id)
        }) AS firsts
    FROM granted LEFT JOIN grants USING (subject_id)
),
capped AS (
    SELECT *,
        CASE WHEN len(list_filter(firsts, lambda each: (each.is_first AND each.is_granted) IS NOT false)) < 2 THEN true
            WHEN len(list_filter(firsts, lambda each: coalesce(each.is_first AND each.is_granted, false))) >= 2 THEN false
        END AS is_within_cap
    FROM ordered
),
-- What is still possible: the first row of remedies gives nothing, the second seals what has waited, is not pending and is paid.
possible AS (
    SELECT *, is_barred OR NOT is_within_cap AS is_first_row FROM capped
),
results AS (
    SELECT *,
        (is_first_row IS NOT false) OR (is_first_row IS NOT true AND (NOT has_paid OR in_scope IS NOT true)) AS may_be_none,
        is_first_row IS NOT true AND has_paid AND has_waited IS NOT false AND none_pending IS NOT false AS may_seal,
        is_first_row IS NOT true AND has_paid AND (has_waited IS NOT true OR none_pending IS NOT true) AS may_be_later
    FROM possible
)
SELECT charge_id, subject_id,
    CASE WHEN NOT is_complete THEN 'needs_review'
        WHEN may_seal AND NOT may_be_none AND NOT may_be_later THEN 'eligible'
        WHEN may_be_none AND NOT may_seal AND NOT may_be_later THEN 'not_eligible'
        WHEN may_be_later AND NOT may_seal THEN 'not_yet'
        ELSE 'needs_review' END AS outcome
FROM results
