-- of a row's bytes and anomalies (journal.ts); rows from before have none
ALTER TABLE journal ADD COLUMN checksum INTEGER;

-- rows of the journal that were not what was written, as they were found
CREATE TABLE damagedJournal (
  id INTEGER PRIMARY KEY,
  -- the newest receipt that was known when the row was set aside, if any
  storedUs INTEGER,
  bytes BLOB NOT NULL,
  anomalies TEXT,
  checksum INTEGER
) STRICT;
