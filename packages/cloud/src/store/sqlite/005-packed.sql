-- past anomalies in columns (anomalyPack.ts), many a row; what began an alarm or was kept quiet stays in its table
CREATE TABLE pastAnomaly (
  id INTEGER PRIMARY KEY,
  firstUs INTEGER NOT NULL,
  lastUs INTEGER NOT NULL,
  count INTEGER NOT NULL,
  -- numbers of the series in it, ascending, by their distance from the one before
  series BLOB NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
CREATE INDEX pastAnomalyByTime ON pastAnomaly (lastUs);

-- most of what its table holds now began an alarm
DROP INDEX alarmByTime;
