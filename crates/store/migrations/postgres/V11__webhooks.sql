-- Where events are told to, and which (W1–W39). Secrets, and the values of headers that are sent along, are sealed.
CREATE TABLE webhooks (
    environment_id  TEXT COLLATE "C" NOT NULL REFERENCES environments (id),
    id              TEXT COLLATE "C" NOT NULL,
    status          TEXT COLLATE "C" NOT NULL,
    settings        TEXT COLLATE "C" NOT NULL,
    secrets_sealed  BYTEA NOT NULL,
    created_at      BIGINT NOT NULL,
    version         BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id)
);
CREATE INDEX webhooks_by_age ON webhooks (environment_id, created_at, id);
