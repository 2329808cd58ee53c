-- when an anomaly came: what is kept counts from there, as for everything else, or an import of old readings would lose its own
ALTER TABLE anomaly ADD COLUMN storedUs INTEGER NOT NULL DEFAULT 0;
UPDATE anomaly SET storedUs = tsUs;
ALTER TABLE pastAnomaly ADD COLUMN storedUs INTEGER NOT NULL DEFAULT 0;
UPDATE pastAnomaly SET storedUs = lastUs;
