-- Counts changes of what servers keep in memory: keys, environments, account types, templates. A server that reads the
-- number it knows may go on with what it has.
CREATE TABLE configuration (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    version  INTEGER NOT NULL
) STRICT;
INSERT INTO configuration (id, version) VALUES (1, 1);
