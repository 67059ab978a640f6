-- One row a decision and another charge that it rests on (its witnesses): what made a criterion false or unknown.
SELECT d.run_id, d.position, d.pack, d.charge_id, d.subject_id, d.witness_id
FROM (SELECT run_id, position, pack, charge_id, subject_id, unnest(witnesses) AS witness_id FROM decision_of_run) AS d
