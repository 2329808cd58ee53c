-- Why each signal stands, and since when: an incident tells the reason of one that still does.
ALTER TABLE signal ADD COLUMN sentence TEXT;
ALTER TABLE signal ADD COLUMN sinceUs INTEGER NOT NULL DEFAULT 0;
