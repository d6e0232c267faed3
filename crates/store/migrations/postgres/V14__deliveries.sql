-- Events on their way to webhooks (W70–W79). A row is written once something came of the first attempt; what has no row
-- and lies behind its lane's place is still to come.
CREATE TABLE webhook_deliveries (
    environment_id      TEXT COLLATE "C" NOT NULL,
    webhook_id          TEXT COLLATE "C" NOT NULL,
    sequence            BIGINT NOT NULL,
    event_id            TEXT COLLATE "C" NOT NULL,
    event_name          TEXT COLLATE "C" NOT NULL,
    account_id          TEXT COLLATE "C",
    account_sequence    BIGINT,
    status              TEXT COLLATE "C" NOT NULL,
    attempts_made       BIGINT NOT NULL,
    first_attempted_at  BIGINT,
    due_at              BIGINT,
    created_at          BIGINT NOT NULL,
    updated_at          BIGINT NOT NULL,
    attempts            BYTEA NOT NULL,
    PRIMARY KEY (environment_id, webhook_id, sequence)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (environment_id, webhook_id, due_at, sequence)
    WHERE due_at IS NOT NULL;
CREATE INDEX webhook_deliveries_open ON webhook_deliveries (environment_id, webhook_id, account_id, sequence)
    WHERE status = 'pending';

-- How far each enabled webhook is: every event up to this number was attempted, or is none of its. One server works on
-- a lane at a time; whoever takes it over writes another epoch, and the one before can write nothing any more.
CREATE TABLE webhook_lanes (
    environment_id  TEXT COLLATE "C" NOT NULL,
    webhook_id      TEXT COLLATE "C" NOT NULL,
    sequence        BIGINT NOT NULL,
    worker          TEXT COLLATE "C",
    epoch           BIGINT NOT NULL,
    -- Attempts that failed one after the other, and since when no more than one is made at a time (W76).
    failures        BIGINT NOT NULL,
    opened_at       BIGINT,
    PRIMARY KEY (environment_id, webhook_id)
);

-- Servers that deliver. One whose beat stays the same for some seconds is gone, whatever any clock says.
CREATE TABLE servers (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    beat        BIGINT NOT NULL,
    started_at  BIGINT NOT NULL
);
