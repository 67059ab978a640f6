-- One row a run and a run whose rows stand in it where no later one has another row for the charge and pack: itself, and of an
-- incremental run those that it builds on (members: all of them).
SELECT run_id, unnest(members) AS member_run_id, members
FROM (SELECT run_id, list_append(builds_on, run_id) AS members FROM run) AS named
