-- One row a run and a table that it read, with the version that it read.
SELECT run_id, position, each.table_name AS table_name, each.version AS version
FROM (SELECT run_id, position, unnest(inputs) AS each FROM run) AS named
