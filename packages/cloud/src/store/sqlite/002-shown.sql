-- what a marked reading showed by channel, the event it belongs to, and the suppression region that kept it quiet
ALTER TABLE anomaly ADD COLUMN onsetUs INTEGER;
ALTER TABLE anomaly ADD COLUMN region INTEGER;
ALTER TABLE anomaly ADD COLUMN evidence TEXT;
CREATE INDEX anomalyByRegion ON anomaly (region, tsUs) WHERE region IS NOT NULL;
