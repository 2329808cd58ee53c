-- chunks of one kind in order of their age: among those of a level, the few that may go stood between the many that stay
DROP INDEX chunkByAge;
CREATE INDEX chunkByAge ON chunk (level, folded, storedUs);
