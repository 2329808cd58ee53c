-- How one gets from each key that models were signed with to the one that they are signed with now: the last row's.
CREATE TABLE rotation (
  id INTEGER PRIMARY KEY,
  previousKey BLOB NOT NULL,
  publicKey BLOB NOT NULL,
  signature BLOB NOT NULL,
  atUs INTEGER NOT NULL
) STRICT;
