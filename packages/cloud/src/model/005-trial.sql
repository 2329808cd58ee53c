-- What came of trying a model on the server's own series before it judges them: taken where there is no reason.
CREATE TABLE trial (
  hash TEXT PRIMARY KEY REFERENCES model,
  reason TEXT,
  atUs INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- what was chosen before judges already, or did
INSERT INTO trial SELECT hash, NULL, max(atUs) FROM activation WHERE hash IS NOT NULL GROUP BY hash;
