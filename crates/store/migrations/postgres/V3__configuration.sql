-- Counts changes of what servers keep in memory: keys, environments, account types, templates. A server that reads the
-- number it knows may go on with what it has.
CREATE TABLE configuration (
    id       BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    version  BIGINT NOT NULL
);
INSERT INTO configuration (id, version) VALUES (1, 1);
