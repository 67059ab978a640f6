-- The decision that stands for each charge and pack: of all runs the one with the highest position, whatever its day.
-- A run decides every charge that its packs speak about in its counties: a decision that a later one does not repeat there stands no
-- longer, because the charge is out of the pack's scope by then. Runs for other packs or other counties leave it as it is.
SELECT d.*
FROM decision_of_run AS d
JOIN run_last AS l ON l.run_id = d.run_id AND l.pack = d.pack
JOIN (
  SELECT each.pack, each.charge_id, max(each.position) AS position
  FROM decision_of_run AS each
  JOIN run_last AS l ON l.run_id = each.run_id AND l.pack = each.pack
  GROUP BY each.pack, each.charge_id
) AS newest
  ON newest.pack = d.pack AND newest.charge_id = d.charge_id AND newest.position = d.position
WHERE NOT EXISTS (
  SELECT 1 FROM run_pack AS later
  WHERE later.pack = d.pack AND later.position > d.position
  AND CASE WHEN d.county IS NULL THEN later.takes_unreadable
    ELSE array_length(later.counties) = 0 OR list_contains(later.counties, d.county) END
)
