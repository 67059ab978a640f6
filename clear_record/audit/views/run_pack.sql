-- One row a run and a pack that it applied, with the pack's text (fingerprint) and the counties that it decided for (none is all).
-- Several offices can apply one pack, each with its own choices: then there is a row for each text. A charge without a county is
-- decided by what they all say; the row with is_for_unreadable stands for them.
SELECT
  run_id, position, kind, as_of,
  each.pack AS pack, each.fingerprint AS fingerprint, each.status AS status, each.layer AS layer,
  each.counties AS counties, each.takes_unreadable AS takes_unreadable,
  each.takes_unreadable AND row_number() OVER (
    PARTITION BY run_id, each.pack ORDER BY CASE WHEN each.takes_unreadable THEN 1 ELSE 2 END, each.fingerprint
  ) = 1 AS is_for_unreadable
FROM (SELECT run_id, position, kind, as_of, unnest(packs) AS each FROM run) AS applied
