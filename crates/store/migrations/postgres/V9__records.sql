-- What was asked of the Server API (L1–L16), packed. The key is the order of the lists, so that rows of one moment lie
-- side by side and the oldest ones can go; an id tells its moment, and needs no index.
CREATE TABLE api_logs (
    environment_id  TEXT COLLATE "C" NOT NULL REFERENCES environments (id),
    created_at      BIGINT NOT NULL,
    id              TEXT COLLATE "C" NOT NULL,
    entry           BYTEA NOT NULL,
    PRIMARY KEY (environment_id, created_at, id)
);

-- A device is looked up by its id, and is known from the sessions it has opened (D1–D6).
CREATE INDEX inquiry_sessions_by_device ON inquiry_sessions (environment_id, device_id) WHERE device_id IS NOT NULL;

-- What users of the dashboard did (L21–L26).
CREATE TABLE user_audit_logs (
    environment_id  TEXT COLLATE "C" NOT NULL REFERENCES environments (id),
    id              TEXT COLLATE "C" NOT NULL,
    user_id         TEXT COLLATE "C" NOT NULL,
    session_id      TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT NOT NULL,
    entry           TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (environment_id, id)
);
CREATE INDEX user_audit_logs_by_age ON user_audit_logs (environment_id, created_at, id);
