-- Events on their way to webhooks (W70–W79). A row is written once something came of the first attempt; what has no row
-- and lies behind its lane's place is still to come.
CREATE TABLE webhook_deliveries (
    environment_id      TEXT NOT NULL,
    webhook_id          TEXT NOT NULL,
    sequence            INTEGER NOT NULL,
    event_id            TEXT NOT NULL,
    event_name          TEXT NOT NULL,
    account_id          TEXT,
    account_sequence    INTEGER,
    status              TEXT NOT NULL,
    attempts_made       INTEGER NOT NULL,
    first_attempted_at  INTEGER,
    due_at              INTEGER,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    attempts            BLOB NOT NULL,
    PRIMARY KEY (environment_id, webhook_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (environment_id, webhook_id, due_at, sequence)
    WHERE due_at IS NOT NULL;
CREATE INDEX webhook_deliveries_open ON webhook_deliveries (environment_id, webhook_id, account_id, sequence)
    WHERE status = 'pending';

-- How far each enabled webhook is: every event up to this number was attempted, or is none of its. One server works on
-- a lane at a time; whoever takes it over writes another epoch, and the one before can write nothing any more.
CREATE TABLE webhook_lanes (
    environment_id  TEXT NOT NULL,
    webhook_id      TEXT NOT NULL,
    sequence        INTEGER NOT NULL,
    worker          TEXT,
    epoch           INTEGER NOT NULL,
    -- Attempts that failed one after the other, and since when no more than one is made at a time (W76).
    failures        INTEGER NOT NULL,
    opened_at       INTEGER,
    PRIMARY KEY (environment_id, webhook_id)
) STRICT, WITHOUT ROWID;

-- Servers that deliver. One whose beat stays the same for some seconds is gone, whatever any clock says.
CREATE TABLE servers (
    id          TEXT NOT NULL PRIMARY KEY,
    beat        INTEGER NOT NULL,
    started_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
