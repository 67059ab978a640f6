-- One row a run and a pack for which no later run speaks for all of its counties: of the others no decision can be current.
SELECT DISTINCT r.run_id, r.pack
FROM run_pack AS r
WHERE NOT EXISTS (
  SELECT 1 FROM run_pack AS later
  WHERE later.pack = r.pack AND later.position > r.position
  AND (array_length(later.counties) = 0 OR later.counties = r.counties)
  AND (later.takes_unreadable OR NOT r.takes_unreadable)
)
