-- Secrets are here only as hashes: scrypt for passwords, SHA-256 for what the server drew.

CREATE TABLE person (
  name TEXT PRIMARY KEY,
  role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
  password TEXT NOT NULL,
  createdUs INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
  digest BLOB PRIMARY KEY,
  person TEXT NOT NULL REFERENCES person ON DELETE CASCADE,
  createdUs INTEGER NOT NULL,
  usedUs INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessionByPerson ON session (person, createdUs);

CREATE TABLE key (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  digest BLOB NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  createdUs INTEGER NOT NULL,
  usedUs INTEGER,
  endsUs INTEGER
) STRICT, WITHOUT ROWID;

-- A device that has a token, or had one that was revoked.
CREATE TABLE device (
  name TEXT PRIMARY KEY,
  createdUs INTEGER NOT NULL,
  revokedUs INTEGER
) STRICT, WITHOUT ROWID;

-- Two rows of one device only while it is being rotated: the old one has an end.
CREATE TABLE token (
  digest BLOB PRIMARY KEY,
  device TEXT NOT NULL REFERENCES device ON DELETE CASCADE,
  createdUs INTEGER NOT NULL,
  usedUs INTEGER,
  endsUs INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX tokenByDevice ON token (device);

-- A device has one parent at most, and the first to claim it keeps it.
CREATE TABLE child (
  device TEXT PRIMARY KEY,
  parent TEXT NOT NULL REFERENCES device ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX childByParent ON child (parent);

CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  tsUs INTEGER NOT NULL,
  actor TEXT NOT NULL,
  address TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL
) STRICT;
