-- One row a run, pack and reason for which the pack does not speak about a charge, with the number of charges.
SELECT run_id, position, each.pack AS pack, each.reason AS reason, each.charges_count AS charges_count
FROM (SELECT run_id, position, unnest(out_of_scope) AS each FROM run) AS counted
