-- How far each series has moved from what the model was trained on that was chosen when it was measured last.
CREATE TABLE drift (
  device TEXT NOT NULL,
  sensor TEXT NOT NULL,
  sensorType TEXT NOT NULL,
  hash TEXT NOT NULL,
  measuredUs INTEGER NOT NULL,
  rowCount INTEGER NOT NULL,
  -- JSON: [{ "feature": …, "psi": …, "limit": … }]
  features TEXT NOT NULL,
  worstIndex INTEGER NOT NULL,
  verdict TEXT NOT NULL,
  PRIMARY KEY (device, sensor)
) STRICT, WITHOUT ROWID;
