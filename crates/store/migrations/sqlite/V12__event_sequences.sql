-- Events that have no number yet, in the order in which they became visible (E23). Emptied within moments.
CREATE TABLE event_queue (
    position        INTEGER NOT NULL PRIMARY KEY,
    environment_id  TEXT NOT NULL,
    event_id        TEXT NOT NULL,
    account_id      TEXT,
    name            TEXT NOT NULL,
    -- Place among the events of one process, so that those of one commit keep their order.
    ordinal         INTEGER NOT NULL
) STRICT;

-- The number of the environment's last event that has one.
CREATE TABLE event_counters (
    environment_id  TEXT NOT NULL PRIMARY KEY REFERENCES environments (id),
    sequence        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Numbers without gaps, of the environment and of the account (E23, E24).
CREATE TABLE event_sequences (
    environment_id    TEXT NOT NULL,
    sequence          INTEGER NOT NULL,
    event_id          TEXT NOT NULL,
    account_id        TEXT,
    account_sequence  INTEGER,
    name              TEXT NOT NULL,
    PRIMARY KEY (environment_id, sequence),
    CHECK ((account_id IS NULL) = (account_sequence IS NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO event_sequences (environment_id, sequence, event_id, account_id, account_sequence, name)
    SELECT environment_id,
           row_number() OVER (PARTITION BY environment_id ORDER BY created_at, ordinal, id),
           id, account_id,
           CASE WHEN account_id IS NOT NULL
                THEN row_number() OVER (PARTITION BY environment_id, account_id ORDER BY created_at, ordinal, id) END,
           name
    FROM events;
CREATE UNIQUE INDEX event_sequences_by_event ON event_sequences (environment_id, event_id);
CREATE UNIQUE INDEX event_sequences_by_account ON event_sequences (environment_id, account_id, account_sequence)
    WHERE account_id IS NOT NULL;
INSERT INTO event_counters (environment_id, sequence)
    SELECT id, (SELECT count(*) FROM events WHERE environment_id = environments.id) FROM environments;
