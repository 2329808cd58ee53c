CREATE TABLE device (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  card TEXT NOT NULL,
  state TEXT NOT NULL,
  packedTo INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  device INTEGER NOT NULL REFERENCES device,
  sensor TEXT NOT NULL,
  judge TEXT NOT NULL,
  card TEXT NOT NULL,
  UNIQUE (device, sensor)
) STRICT;

CREATE TABLE journal (
  id INTEGER PRIMARY KEY,
  bytes BLOB NOT NULL
) STRICT;

CREATE TABLE chunk (
  id INTEGER PRIMARY KEY,
  series INTEGER NOT NULL,
  level INTEGER NOT NULL,
  folded INTEGER NOT NULL,
  firstUs INTEGER NOT NULL,
  lastUs INTEGER NOT NULL,
  count INTEGER NOT NULL,
  storedUs INTEGER NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
CREATE INDEX chunkBySeries ON chunk (series, level, firstUs);
-- what retention deletes first
CREATE INDEX chunkByAge ON chunk (level, storedUs, folded);
-- what the fold has still to do
CREATE INDEX chunkUnfolded ON chunk (lastUs, series) WHERE folded = 0 AND level < 2;

CREATE TABLE anomaly (
  id INTEGER PRIMARY KEY,
  device INTEGER NOT NULL,
  series INTEGER NOT NULL,
  tsUs INTEGER NOT NULL,
  value REAL NOT NULL,
  steps INTEGER NOT NULL,
  threshold REAL NOT NULL,
  mark INTEGER NOT NULL,
  began INTEGER NOT NULL,
  expected REAL,
  lower REAL,
  upper REAL,
  channels TEXT NOT NULL,
  backfilled INTEGER NOT NULL
) STRICT;
CREATE INDEX anomalyByTime ON anomaly (tsUs, id);
CREATE INDEX anomalyByDevice ON anomaly (device, tsUs, id);
CREATE INDEX alarmByTime ON anomaly (tsUs, id) WHERE began = 1;

CREATE TABLE window (
  id INTEGER PRIMARY KEY,
  device INTEGER NOT NULL,
  startUs INTEGER NOT NULL,
  endUs INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  anomalies INTEGER NOT NULL,
  avgScore REAL NOT NULL,
  maxScore REAL NOT NULL,
  minScore REAL NOT NULL,
  receivedUs INTEGER NOT NULL,
  UNIQUE (device, startUs, endUs, samples, anomalies, avgScore, maxScore, minScore)
) STRICT;

CREATE TABLE snapshot (
  device INTEGER NOT NULL,
  sensor TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (device, sensor)
) STRICT;

CREATE TABLE setting (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
