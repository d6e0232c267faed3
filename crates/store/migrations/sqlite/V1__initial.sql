-- Times are milliseconds since 1970 UTC. JSON is stored whole; what is searched or sorted is a column.
-- Every key of an environment's data begins with the environment.
-- Tables whose rows outgrow a quarter of a page keep their rowid: in a key's tree such rows spill, and every
-- comparison on the way down reads the spilled part. The others are their own index.

CREATE TABLE organisations (
    id          TEXT NOT NULL PRIMARY KEY,
    name        TEXT NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE environments (
    id                TEXT NOT NULL PRIMARY KEY,
    organisation_id   TEXT NOT NULL REFERENCES organisations (id),
    kind              TEXT NOT NULL CHECK (kind IN ('sandbox', 'production')),
    token_key_sealed  BLOB NOT NULL,
    created_at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
    environment_id  TEXT NOT NULL REFERENCES environments (id),
    id              TEXT NOT NULL,
    value_hash      BLOB NOT NULL,
    value_sealed    BLOB NOT NULL,
    settings        TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER,
    PRIMARY KEY (environment_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX api_keys_by_hash ON api_keys (value_hash);

CREATE TABLE account_types (
    organisation_id  TEXT NOT NULL REFERENCES organisations (id),
    id               TEXT NOT NULL,
    name             TEXT NOT NULL,
    is_default       INTEGER NOT NULL,
    fields           TEXT NOT NULL,
    statuses         TEXT NOT NULL,
    default_status   TEXT NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    PRIMARY KEY (organisation_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX account_types_one_default ON account_types (organisation_id) WHERE is_default = 1;

CREATE TABLE tags (
    organisation_id  TEXT NOT NULL REFERENCES organisations (id),
    id               TEXT NOT NULL,
    name             TEXT NOT NULL,
    -- A number from 1 to the limit, unique: the limit holds under any race.
    slot             INTEGER NOT NULL CHECK (slot BETWEEN 1 AND 1000),
    created_at       INTEGER NOT NULL,
    PRIMARY KEY (organisation_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX tags_by_name ON tags (organisation_id, name);
CREATE UNIQUE INDEX tags_by_slot ON tags (organisation_id, slot);

CREATE TABLE accounts (
    environment_id     TEXT NOT NULL REFERENCES environments (id),
    id                 TEXT NOT NULL,
    account_type_id    TEXT NOT NULL,
    reference_id       TEXT,
    reference_fold     TEXT,
    status             TEXT NOT NULL,
    fields             TEXT NOT NULL,
    tags               TEXT NOT NULL,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    redacted_at        INTEGER,
    archived_at        INTEGER,
    consolidated_into  TEXT,
    version            INTEGER NOT NULL,
    PRIMARY KEY (environment_id, id),
    CHECK ((reference_id IS NULL) = (reference_fold IS NULL))
) STRICT, WITHOUT ROWID;
-- One active account per reference ID and type (R9, R17, R18).
CREATE UNIQUE INDEX accounts_one_per_reference ON accounts (environment_id, account_type_id, reference_fold)
    WHERE reference_fold IS NOT NULL AND archived_at IS NULL;
CREATE INDEX accounts_by_reference ON accounts (environment_id, reference_fold, created_at, id)
    WHERE reference_fold IS NOT NULL;
CREATE INDEX accounts_by_age ON accounts (environment_id, created_at, id);

-- Values of fields that an account type declares unique (R16).
CREATE TABLE account_identifiers (
    environment_id   TEXT NOT NULL,
    account_type_id  TEXT NOT NULL,
    field_key        TEXT NOT NULL,
    value_fold       TEXT NOT NULL,
    account_id       TEXT NOT NULL,
    PRIMARY KEY (environment_id, account_type_id, field_key, value_fold),
    FOREIGN KEY (environment_id, account_id) REFERENCES accounts (environment_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_identifiers_by_account ON account_identifiers (environment_id, account_id);

CREATE TABLE inquiry_templates (
    organisation_id              TEXT NOT NULL REFERENCES organisations (id),
    id                           TEXT NOT NULL,
    name                         TEXT NOT NULL,
    active                       INTEGER NOT NULL,
    latest_published_version_id  TEXT,
    settings                     TEXT NOT NULL,
    created_at                   INTEGER NOT NULL,
    updated_at                   INTEGER NOT NULL,
    PRIMARY KEY (organisation_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX inquiry_templates_by_id ON inquiry_templates (id);

CREATE TABLE inquiry_template_versions (
    organisation_id  TEXT NOT NULL,
    id               TEXT NOT NULL,
    template_id      TEXT NOT NULL,
    published        INTEGER NOT NULL,
    name_display     TEXT,
    enabled_locales  TEXT NOT NULL,
    definition       TEXT NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    published_at     INTEGER,
    PRIMARY KEY (organisation_id, id),
    FOREIGN KEY (organisation_id, template_id) REFERENCES inquiry_templates (organisation_id, id)
) STRICT;
CREATE UNIQUE INDEX inquiry_template_versions_by_id ON inquiry_template_versions (id);
CREATE INDEX inquiry_template_versions_by_template
    ON inquiry_template_versions (organisation_id, template_id, created_at, id);

CREATE TABLE inquiries (
    environment_id       TEXT NOT NULL REFERENCES environments (id),
    id                   TEXT NOT NULL,
    account_id           TEXT,
    template_id          TEXT NOT NULL,
    template_version_id  TEXT NOT NULL,
    status               TEXT NOT NULL,
    note                 TEXT,
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL,
    expires_at           INTEGER,
    redacted_at          INTEGER,
    detail               TEXT NOT NULL,
    -- When the sweep has something to do here: expiry, or a verification's result.
    due_at               INTEGER,
    version              INTEGER NOT NULL,
    PRIMARY KEY (environment_id, id),
    FOREIGN KEY (environment_id, account_id) REFERENCES accounts (environment_id, id)
) STRICT;
CREATE UNIQUE INDEX inquiries_by_id ON inquiries (id);
CREATE INDEX inquiries_by_age ON inquiries (environment_id, created_at, id);
CREATE INDEX inquiries_by_account ON inquiries (environment_id, account_id, created_at, id)
    WHERE account_id IS NOT NULL;
CREATE INDEX inquiries_by_note ON inquiries (environment_id, note, created_at, id) WHERE note IS NOT NULL;
CREATE INDEX inquiries_by_status ON inquiries (environment_id, status, created_at, id);
CREATE INDEX inquiries_due ON inquiries (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE inquiry_sessions (
    environment_id  TEXT NOT NULL,
    id              TEXT NOT NULL,
    inquiry_id      TEXT NOT NULL,
    device_id       TEXT,
    status          TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    started_at      INTEGER,
    expired_at      INTEGER,
    expires_at      INTEGER NOT NULL,
    device          TEXT NOT NULL,
    -- Place among the inquiry's sessions, from 1: a limit that holds under any race (B127).
    slot            INTEGER NOT NULL,
    version         INTEGER NOT NULL,
    PRIMARY KEY (environment_id, id),
    FOREIGN KEY (environment_id, inquiry_id) REFERENCES inquiries (environment_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX inquiry_sessions_by_id ON inquiry_sessions (id);
CREATE UNIQUE INDEX inquiry_sessions_by_slot ON inquiry_sessions (environment_id, inquiry_id, slot);
CREATE INDEX inquiry_sessions_by_inquiry ON inquiry_sessions (environment_id, inquiry_id, created_at, id);
CREATE INDEX inquiry_sessions_by_age ON inquiry_sessions (environment_id, created_at, id);

CREATE TABLE one_time_links (
    environment_id  TEXT NOT NULL,
    code_hash       BLOB NOT NULL,
    session_id      TEXT NOT NULL,
    inquiry_id      TEXT NOT NULL,
    code_sealed     BLOB NOT NULL,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    redeemed_at     INTEGER,
    PRIMARY KEY (environment_id, code_hash),
    FOREIGN KEY (environment_id, session_id) REFERENCES inquiry_sessions (environment_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX one_time_links_by_code ON one_time_links (code_hash);
CREATE INDEX one_time_links_by_inquiry ON one_time_links (environment_id, inquiry_id, created_at);

CREATE TABLE verifications (
    environment_id  TEXT NOT NULL,
    id              TEXT NOT NULL,
    inquiry_id      TEXT NOT NULL,
    account_id      TEXT,
    type            TEXT NOT NULL,
    template_id     TEXT NOT NULL,
    status          TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    submitted_at    INTEGER,
    completed_at    INTEGER,
    redacted_at     INTEGER,
    detail          TEXT NOT NULL,
    PRIMARY KEY (environment_id, id),
    FOREIGN KEY (environment_id, inquiry_id) REFERENCES inquiries (environment_id, id)
) STRICT;
CREATE INDEX verifications_by_inquiry ON verifications (environment_id, inquiry_id, created_at, id);

CREATE TABLE documents (
    environment_id  TEXT NOT NULL,
    id              TEXT NOT NULL,
    inquiry_id      TEXT NOT NULL,
    account_id      TEXT,
    status          TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    processed_at    INTEGER,
    attributes      TEXT NOT NULL,
    PRIMARY KEY (environment_id, id),
    FOREIGN KEY (environment_id, inquiry_id) REFERENCES inquiries (environment_id, id)
) STRICT;
CREATE INDEX documents_by_inquiry ON documents (environment_id, inquiry_id, created_at, id);

CREATE TABLE selfies (
    environment_id  TEXT NOT NULL,
    id              TEXT NOT NULL,
    inquiry_id      TEXT NOT NULL,
    account_id      TEXT,
    status          TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    processed_at    INTEGER,
    PRIMARY KEY (environment_id, id),
    FOREIGN KEY (environment_id, inquiry_id) REFERENCES inquiries (environment_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX selfies_by_inquiry ON selfies (environment_id, inquiry_id, created_at, id);

-- Uploaded pictures; the bytes lie in the blob store under blob_key and are there before the row is.
CREATE TABLE files (
    environment_id  TEXT NOT NULL,
    id              TEXT NOT NULL,
    inquiry_id      TEXT NOT NULL,
    step            TEXT NOT NULL,
    part            TEXT NOT NULL,
    owner_id        TEXT,
    blob_key        TEXT NOT NULL,
    sha256          TEXT NOT NULL,
    mime_type       TEXT NOT NULL,
    byte_size       INTEGER NOT NULL,
    width           INTEGER NOT NULL,
    height          INTEGER NOT NULL,
    capture_method  TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (environment_id, id),
    FOREIGN KEY (environment_id, inquiry_id) REFERENCES inquiries (environment_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX files_by_inquiry ON files (environment_id, inquiry_id, created_at, id);

CREATE TABLE events (
    environment_id  TEXT NOT NULL,
    id              TEXT NOT NULL,
    name            TEXT NOT NULL,
    object_type     TEXT NOT NULL,
    object_id       TEXT NOT NULL,
    account_id      TEXT,
    created_at      INTEGER NOT NULL,
    -- Place among the events of one commit.
    ordinal         INTEGER NOT NULL,
    payload         TEXT NOT NULL,
    context         TEXT NOT NULL,
    PRIMARY KEY (environment_id, id)
) STRICT;
CREATE INDEX events_by_age ON events (environment_id, created_at, ordinal, id);
CREATE INDEX events_by_object ON events (environment_id, object_id, created_at, ordinal, id);

-- The first answer of a request with an Idempotency-Key, stored in the transaction of its effect.
CREATE TABLE idempotency_keys (
    environment_id  TEXT NOT NULL,
    key             TEXT NOT NULL,
    fingerprint     BLOB NOT NULL,
    status          INTEGER NOT NULL,
    body            BLOB NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (environment_id, key)
) STRICT;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
