-- anomalies of a group, until they are in their table
ALTER TABLE journal ADD COLUMN anomalies TEXT;

-- what few readers ask for stands packed in one column: a BLOB (anomalyDetail.ts), or, from before, a list in JSON
CREATE TABLE leanAnomaly (
  id INTEGER PRIMARY KEY,
  device INTEGER NOT NULL,
  series INTEGER NOT NULL,
  tsUs INTEGER NOT NULL,
  value REAL NOT NULL,
  steps INTEGER NOT NULL,
  mark INTEGER NOT NULL,
  began INTEGER NOT NULL,
  backfilled INTEGER NOT NULL,
  onsetUs INTEGER,
  region INTEGER,
  evidence ANY,
  detail ANY NOT NULL
) STRICT;
INSERT INTO leanAnomaly (id, device, series, tsUs, value, steps, mark, began, backfilled, onsetUs, region, evidence, detail)
  SELECT id, device, series, tsUs, value, steps, mark, began, backfilled, onsetUs, region, evidence,
    json_array(threshold, expected, lower, upper, json(channels)) FROM anomaly ORDER BY id;
DROP TABLE anomaly;
ALTER TABLE leanAnomaly RENAME TO anomaly;
CREATE INDEX anomalyByTime ON anomaly (tsUs, id);
CREATE INDEX anomalyByDevice ON anomaly (device, tsUs, id);
CREATE INDEX alarmByTime ON anomaly (tsUs, id) WHERE began = 1;
CREATE INDEX anomalyByRegion ON anomaly (region, tsUs) WHERE region IS NOT NULL;

-- receipts of requests without stamps, by the hash of their Idempotency-Key
CREATE TABLE receipt (
  key TEXT PRIMARY KEY,
  receivedUs INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX receiptByTime ON receipt (receivedUs);
