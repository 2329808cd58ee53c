-- detail and evidence in one column (anomalyDetail.ts); the two before it hold what was written earlier
ALTER TABLE anomaly ADD COLUMN told BLOB;

-- an index ends with the row's number by itself
DROP INDEX anomalyByTime;
DROP INDEX anomalyByDevice;
DROP INDEX alarmByTime;
CREATE INDEX anomalyByTime ON anomaly (tsUs);
CREATE INDEX anomalyByDevice ON anomaly (device, tsUs);
CREATE INDEX alarmByTime ON anomaly (tsUs) WHERE began = 1;
