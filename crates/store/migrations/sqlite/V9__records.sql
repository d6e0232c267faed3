-- What was asked of the Server API (L1–L16), packed. The key is the order of the lists, so that rows of one moment lie
-- side by side and the oldest ones can go; an id tells its moment, and needs no index.
CREATE TABLE api_logs (
    environment_id  TEXT NOT NULL REFERENCES environments (id),
    created_at      INTEGER NOT NULL,
    id              TEXT NOT NULL,
    entry           BLOB NOT NULL,
    PRIMARY KEY (environment_id, created_at, id)
) STRICT, WITHOUT ROWID;

-- A device is looked up by its id, and is known from the sessions it has opened (D1–D6).
CREATE INDEX inquiry_sessions_by_device ON inquiry_sessions (environment_id, device_id) WHERE device_id IS NOT NULL;

-- What users of the dashboard did (L21–L26).
CREATE TABLE user_audit_logs (
    environment_id  TEXT NOT NULL REFERENCES environments (id),
    id              TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    session_id      TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    entry           TEXT NOT NULL,
    PRIMARY KEY (environment_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_audit_logs_by_age ON user_audit_logs (environment_id, created_at, id);
