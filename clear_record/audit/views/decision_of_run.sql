-- Every decision, with its run's place in the chain and day, and the text of the pack that it was made by.
SELECT
  d.run_id, r.position, r.as_of, d.pack, r.fingerprint, r.status, r.layer,
  d.charge_id, d.case_id, d.subject_id, d.county, d.outcome, d.remedy, d.remedy_row, d.eligible_on, d.recheck_on,
  d.trace, d.missing, d.witnesses
FROM decision AS d
JOIN run_pack AS r
  ON r.run_id = d.run_id AND r.pack = d.pack
  AND CASE WHEN d.county IS NULL THEN r.is_for_unreadable
    ELSE array_length(r.counties) = 0 OR list_contains(r.counties, d.county) END
