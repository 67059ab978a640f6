-- Every decision that stands in a run, with the run's place in the chain and day, and the text of the pack that it was made by.
-- decided_in is the run that wrote it: of an incremental run often one that it builds on. A row stands in a run unless a later one for
-- the charge and pack does.
SELECT
  r.run_id, r.position, r.as_of, d.pack, r.fingerprint, r.status, r.layer,
  d.charge_id, d.case_id, d.subject_id, d.county, d.outcome, d.remedy, d.remedy_row, d.eligible_on, d.recheck_on,
  d.trace, d.missing, d.witnesses, d.run_id AS decided_in
FROM (
  SELECT *, array_agg(run_id) OVER (
    PARTITION BY pack, charge_id ORDER BY position ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
  ) AS later_runs
  FROM (SELECT decision.*, run.position FROM decision JOIN run ON run.run_id = decision.run_id) AS placed
) AS d
JOIN run_member AS m ON m.member_run_id = d.run_id
JOIN run_pack AS r
  ON r.run_id = m.run_id AND r.pack = d.pack
  AND CASE WHEN d.county IS NULL THEN r.is_for_unreadable
    ELSE array_length(r.counties) = 0 OR list_contains(r.counties, d.county) END
WHERE d.outcome <> 'out_of_scope' AND (d.later_runs IS NULL OR array_length(array_intersect(d.later_runs, m.members)) = 0)
