-- The trace with its sentences: one row a decision and criterion (part criterion, position the place in trace), and one more for
-- each fact that was needed and is not recorded (part fact, position the bit in missing; id is its name in the vocabulary).
SELECT
  d.run_id, d.position AS run_position, d.as_of, d.pack, d.status, d.charge_id, d.subject_id, d.county, d.outcome, d.remedy,
  c.part, c.position, c.id,
  CASE WHEN c.part = 'criterion' THEN substring(d.trace, c.position + 1, 1) END AS letter,
  CASE WHEN c.part = 'fact' THEN 'missing' ELSE CASE substring(d.trace, c.position + 1, 1)
    WHEN 'T' THEN 'true' WHEN 'F' THEN 'false' WHEN 'U' THEN 'unknown'
    WHEN 't' THEN 'unknown, taken as true' WHEN 'f' THEN 'unknown, taken as false'
    WHEN '-' THEN 'does not apply' END END AS word,
  c.says, c.cite, c.evidence
FROM decision_of_run AS d
-- A run that was stopped while it kept its packs leaves their sentences, and the next one adds them again.
JOIN (SELECT DISTINCT fingerprint, part, position, id, says, cite, evidence FROM criterion) AS c
  ON c.fingerprint = d.fingerprint AND (c.part = 'criterion' OR ((d.missing >> c.position) & 1) = 1)
