-- What people said of verdicts. One that became a suppression region holds it; ids are never used again.
CREATE TABLE feedback (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  label TEXT NOT NULL CHECK (label IN ('real', 'notAnomaly')),
  device TEXT NOT NULL,
  sensor TEXT NOT NULL,
  tsUs INTEGER NOT NULL,
  kind TEXT NOT NULL,
  sentence TEXT NOT NULL,
  givenBy TEXT NOT NULL,
  givenUs INTEGER NOT NULL,
  incident INTEGER,
  region TEXT,
  UNIQUE (device, sensor, tsUs)
) STRICT;
CREATE INDEX feedbackRegion ON feedback (device, sensor, id) WHERE region IS NOT NULL;

-- When the regions of a series changed last: what an agent whose version is older has not heard.
CREATE TABLE changed (
  device TEXT NOT NULL,
  sensor TEXT NOT NULL,
  version INTEGER NOT NULL UNIQUE,
  PRIMARY KEY (device, sensor)
) STRICT, WITHOUT ROWID;
