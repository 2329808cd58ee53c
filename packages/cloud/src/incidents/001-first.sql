CREATE TABLE incident (
  id INTEGER PRIMARY KEY,
  device TEXT NOT NULL,
  cause TEXT NOT NULL CHECK (cause IN ('anomaly', 'sensorFault', 'silent')),
  sentence TEXT NOT NULL,
  openedUs INTEGER NOT NULL,
  quietUs INTEGER,
  closedUs INTEGER,
  acknowledgedBy TEXT,
  acknowledgedUs INTEGER,
  mutedUntilUs INTEGER,
  toldUs INTEGER,
  endToldUs INTEGER
) STRICT;
-- However many workers see the same alarm: one open incident of a device and cause.
CREATE UNIQUE INDEX incidentOpen ON incident (device, cause) WHERE closedUs IS NULL;
CREATE INDEX incidentByDevice ON incident (device, id);
CREATE INDEX incidentTold ON incident (cause, toldUs) WHERE toldUs IS NOT NULL;
CREATE INDEX incidentUntold ON incident (id) WHERE closedUs IS NULL AND acknowledgedUs IS NULL;
CREATE INDEX incidentQuiet ON incident (quietUs) WHERE closedUs IS NULL;
CREATE INDEX incidentUntoldEnd ON incident (id) WHERE closedUs IS NOT NULL AND toldUs IS NOT NULL AND endToldUs IS NULL;
CREATE INDEX incidentEnd ON incident (cause, endToldUs) WHERE closedUs IS NOT NULL AND toldUs IS NOT NULL;

-- What keeps an incident firing: sensors, or '' for the device's silence.
CREATE TABLE signal (
  incident INTEGER NOT NULL REFERENCES incident ON DELETE CASCADE,
  sensor TEXT NOT NULL,
  PRIMARY KEY (incident, sensor)
) STRICT, WITHOUT ROWID;

CREATE TABLE maintenance (
  id INTEGER PRIMARY KEY,
  device TEXT,
  startUs INTEGER NOT NULL,
  endUs INTEGER NOT NULL,
  everyUs INTEGER,
  reason TEXT NOT NULL,
  addedBy TEXT NOT NULL
) STRICT;

-- The address and its secrets are sealed (notify/vault.ts).
CREATE TABLE channel (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  host TEXT NOT NULL,
  causes TEXT NOT NULL,
  tellsEnd INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  givenUp INTEGER NOT NULL DEFAULT 0,
  lastDoneUs INTEGER,
  lastError TEXT
) STRICT;

CREATE TABLE notice (
  id INTEGER PRIMARY KEY,
  body TEXT NOT NULL
) STRICT;

CREATE TABLE delivery (
  id INTEGER PRIMARY KEY,
  notice INTEGER NOT NULL REFERENCES notice ON DELETE CASCADE,
  channel INTEGER NOT NULL REFERENCES channel ON DELETE CASCADE,
  attempts INTEGER NOT NULL DEFAULT 0,
  firstUs INTEGER NOT NULL,
  nextUs INTEGER NOT NULL
) STRICT;
CREATE INDEX deliveryDue ON delivery (nextUs);
CREATE INDEX deliveryByChannel ON delivery (channel, id);
CREATE INDEX deliveryByNotice ON delivery (notice);
