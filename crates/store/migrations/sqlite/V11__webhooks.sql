-- Where events are told to, and which (W1–W39). Secrets, and the values of headers that are sent along, are sealed.
CREATE TABLE webhooks (
    environment_id  TEXT NOT NULL REFERENCES environments (id),
    id              TEXT NOT NULL,
    status          TEXT NOT NULL,
    settings        TEXT NOT NULL,
    secrets_sealed  BLOB NOT NULL,
    created_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL,
    PRIMARY KEY (environment_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhooks_by_age ON webhooks (environment_id, created_at, id);
