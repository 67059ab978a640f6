-- One row a run and a delivery whose rows it read.
SELECT run_id, position, each.delivery_id AS delivery_id
FROM (SELECT run_id, position, unnest(deliveries) AS each FROM run) AS named
