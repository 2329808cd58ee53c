CREATE TABLE model (
  hash TEXT PRIMARY KEY,
  sensorType TEXT NOT NULL,
  bytes BLOB NOT NULL,
  signature BLOB NOT NULL,
  createdUs INTEGER NOT NULL,
  createdBy TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The last row of a sensor type says what is chosen for it; hash NULL is what Fernsight ships with.
CREATE TABLE activation (
  id INTEGER PRIMARY KEY,
  sensorType TEXT NOT NULL,
  hash TEXT REFERENCES model,
  atUs INTEGER NOT NULL,
  by TEXT NOT NULL
) STRICT;
CREATE INDEX activationByType ON activation (sensorType, id);
