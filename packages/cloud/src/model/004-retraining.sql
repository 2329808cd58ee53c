-- Sensor types that are trained again by themselves. nextUs is durable: what fell due while the server was down runs once.
CREATE TABLE retraining (
  sensorType TEXT PRIMARY KEY,
  times TEXT NOT NULL,
  activates INTEGER NOT NULL,
  onlyWhenMoved INTEGER NOT NULL,
  nextUs INTEGER NOT NULL,
  lastUs INTEGER,
  lastOutcome TEXT
) STRICT, WITHOUT ROWID;
