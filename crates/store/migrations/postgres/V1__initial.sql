-- Times are milliseconds since 1970 UTC. JSON is stored whole; what is searched or sorted is a column.
-- Every key of an environment's data begins with the environment.
-- Text compares bytewise, as in the embedded store.

CREATE TABLE organisations (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name        TEXT COLLATE "C" NOT NULL,
    created_at  BIGINT NOT NULL
);

CREATE TABLE environments (
    id                TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    organisation_id   TEXT COLLATE "C" NOT NULL REFERENCES organisations (id),
    kind              TEXT COLLATE "C" NOT NULL CHECK (kind IN ('sandbox', 'production')),
    token_key_sealed  BYTEA NOT NULL,
    created_at        BIGINT NOT NULL
);

CREATE TABLE api_keys (
    environment_id  TEXT COLLATE "C" NOT NULL REFERENCES environments (id),
    id              TEXT COLLATE "C" NOT NULL,
    value_hash      BYTEA NOT NULL,
    value_sealed    BYTEA NOT NULL,
    settings        TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT,
    PRIMARY KEY (environment_id, id)
);
CREATE UNIQUE INDEX api_keys_by_hash ON api_keys (value_hash);

CREATE TABLE account_types (
    organisation_id  TEXT COLLATE "C" NOT NULL REFERENCES organisations (id),
    id               TEXT COLLATE "C" NOT NULL,
    name             TEXT COLLATE "C" NOT NULL,
    is_default       BIGINT NOT NULL,
    fields           TEXT COLLATE "C" NOT NULL,
    statuses         TEXT COLLATE "C" NOT NULL,
    default_status   TEXT COLLATE "C" NOT NULL,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, id)
);
CREATE UNIQUE INDEX account_types_one_default ON account_types (organisation_id) WHERE is_default = 1;

CREATE TABLE tags (
    organisation_id  TEXT COLLATE "C" NOT NULL REFERENCES organisations (id),
    id               TEXT COLLATE "C" NOT NULL,
    name             TEXT COLLATE "C" NOT NULL,
    -- A number from 1 to the limit, unique: the limit holds under any race.
    slot             BIGINT NOT NULL CHECK (slot BETWEEN 1 AND 1000),
    created_at       BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, id)
);
CREATE UNIQUE INDEX tags_by_name ON tags (organisation_id, name);
CREATE UNIQUE INDEX tags_by_slot ON tags (organisation_id, slot);

CREATE TABLE accounts (
    environment_id     TEXT COLLATE "C" NOT NULL REFERENCES environments (id),
    id                 TEXT COLLATE "C" NOT NULL,
    account_type_id    TEXT COLLATE "C" NOT NULL,
    reference_id       TEXT COLLATE "C",
    reference_fold     TEXT COLLATE "C",
    status             TEXT COLLATE "C" NOT NULL,
    fields             TEXT COLLATE "C" NOT NULL,
    tags               TEXT COLLATE "C" NOT NULL,
    created_at         BIGINT NOT NULL,
    updated_at         BIGINT NOT NULL,
    redacted_at        BIGINT,
    archived_at        BIGINT,
    consolidated_into  TEXT COLLATE "C",
    version            BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id),
    CHECK ((reference_id IS NULL) = (reference_fold IS NULL))
);
-- One active account per reference ID and type (R9, R17, R18).
CREATE UNIQUE INDEX accounts_one_per_reference ON accounts (environment_id, account_type_id, reference_fold)
    WHERE reference_fold IS NOT NULL AND archived_at IS NULL;
CREATE INDEX accounts_by_reference ON accounts (environment_id, reference_fold, created_at, id)
    WHERE reference_fold IS NOT NULL;
CREATE INDEX accounts_by_age ON accounts (environment_id, created_at, id);

-- Values of fields that an account type declares unique (R16).
CREATE TABLE account_identifiers (
    environment_id   TEXT COLLATE "C" NOT NULL,
    account_type_id  TEXT COLLATE "C" NOT NULL,
    field_key        TEXT COLLATE "C" NOT NULL,
    value_fold       TEXT COLLATE "C" NOT NULL,
    account_id       TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (environment_id, account_type_id, field_key, value_fold),
    FOREIGN KEY (environment_id, account_id) REFERENCES accounts (environment_id, id)
);
CREATE INDEX account_identifiers_by_account ON account_identifiers (environment_id, account_id);

CREATE TABLE inquiry_templates (
    organisation_id              TEXT COLLATE "C" NOT NULL REFERENCES organisations (id),
    id                           TEXT COLLATE "C" NOT NULL,
    name                         TEXT COLLATE "C" NOT NULL,
    active                       BIGINT NOT NULL,
    latest_published_version_id  TEXT COLLATE "C",
    settings                     TEXT COLLATE "C" NOT NULL,
    created_at                   BIGINT NOT NULL,
    updated_at                   BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, id)
);
CREATE UNIQUE INDEX inquiry_templates_by_id ON inquiry_templates (id);

CREATE TABLE inquiry_template_versions (
    organisation_id  TEXT COLLATE "C" NOT NULL,
    id               TEXT COLLATE "C" NOT NULL,
    template_id      TEXT COLLATE "C" NOT NULL,
    published        BIGINT NOT NULL,
    name_display     TEXT COLLATE "C",
    enabled_locales  TEXT COLLATE "C" NOT NULL,
    definition       TEXT COLLATE "C" NOT NULL,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL,
    published_at     BIGINT,
    PRIMARY KEY (organisation_id, id),
    FOREIGN KEY (organisation_id, template_id) REFERENCES inquiry_templates (organisation_id, id)
);
CREATE UNIQUE INDEX inquiry_template_versions_by_id ON inquiry_template_versions (id);
CREATE INDEX inquiry_template_versions_by_template
    ON inquiry_template_versions (organisation_id, template_id, created_at, id);

CREATE TABLE inquiries (
    environment_id       TEXT COLLATE "C" NOT NULL REFERENCES environments (id),
    id                   TEXT COLLATE "C" NOT NULL,
    account_id           TEXT COLLATE "C",
    template_id          TEXT COLLATE "C" NOT NULL,
    template_version_id  TEXT COLLATE "C" NOT NULL,
    status               TEXT COLLATE "C" NOT NULL,
    note                 TEXT COLLATE "C",
    created_at           BIGINT NOT NULL,
    updated_at           BIGINT NOT NULL,
    expires_at           BIGINT,
    redacted_at          BIGINT,
    detail               TEXT COLLATE "C" NOT NULL,
    -- When the sweep has something to do here: expiry, or a verification's result.
    due_at               BIGINT,
    version              BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id),
    FOREIGN KEY (environment_id, account_id) REFERENCES accounts (environment_id, id)
);
CREATE UNIQUE INDEX inquiries_by_id ON inquiries (id);
CREATE INDEX inquiries_by_age ON inquiries (environment_id, created_at, id);
CREATE INDEX inquiries_by_account ON inquiries (environment_id, account_id, created_at, id)
    WHERE account_id IS NOT NULL;
CREATE INDEX inquiries_by_note ON inquiries (environment_id, note, created_at, id) WHERE note IS NOT NULL;
CREATE INDEX inquiries_by_status ON inquiries (environment_id, status, created_at, id);
CREATE INDEX inquiries_due ON inquiries (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE inquiry_sessions (
    environment_id  TEXT COLLATE "C" NOT NULL,
    id              TEXT COLLATE "C" NOT NULL,
    inquiry_id      TEXT COLLATE "C" NOT NULL,
    device_id       TEXT COLLATE "C",
    status          TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT NOT NULL,
    started_at      BIGINT,
    expired_at      BIGINT,
    expires_at      BIGINT NOT NULL,
    device          TEXT COLLATE "C" NOT NULL,
    -- Place among the inquiry's sessions, from 1: a limit that holds under any race (B127).
    slot            BIGINT NOT NULL,
    version         BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id),
    FOREIGN KEY (environment_id, inquiry_id) REFERENCES inquiries (environment_id, id)
);
CREATE UNIQUE INDEX inquiry_sessions_by_id ON inquiry_sessions (id);
CREATE UNIQUE INDEX inquiry_sessions_by_slot ON inquiry_sessions (environment_id, inquiry_id, slot);
CREATE INDEX inquiry_sessions_by_inquiry ON inquiry_sessions (environment_id, inquiry_id, created_at, id);
CREATE INDEX inquiry_sessions_by_age ON inquiry_sessions (environment_id, created_at, id);

CREATE TABLE one_time_links (
    environment_id  TEXT COLLATE "C" NOT NULL,
    code_hash       BYTEA NOT NULL,
    session_id      TEXT COLLATE "C" NOT NULL,
    inquiry_id      TEXT COLLATE "C" NOT NULL,
    code_sealed     BYTEA NOT NULL,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    redeemed_at     BIGINT,
    PRIMARY KEY (environment_id, code_hash),
    FOREIGN KEY (environment_id, session_id) REFERENCES inquiry_sessions (environment_id, id)
);
CREATE UNIQUE INDEX one_time_links_by_code ON one_time_links (code_hash);
CREATE INDEX one_time_links_by_inquiry ON one_time_links (environment_id, inquiry_id, created_at);

CREATE TABLE verifications (
    environment_id  TEXT COLLATE "C" NOT NULL,
    id              TEXT COLLATE "C" NOT NULL,
    inquiry_id      TEXT COLLATE "C" NOT NULL,
    account_id      TEXT COLLATE "C",
    type            TEXT COLLATE "C" NOT NULL,
    template_id     TEXT COLLATE "C" NOT NULL,
    status          TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT NOT NULL,
    submitted_at    BIGINT,
    completed_at    BIGINT,
    redacted_at     BIGINT,
    detail          TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (environment_id, id),
    FOREIGN KEY (environment_id, inquiry_id) REFERENCES inquiries (environment_id, id)
);
CREATE INDEX verifications_by_inquiry ON verifications (environment_id, inquiry_id, created_at, id);

CREATE TABLE documents (
    environment_id  TEXT COLLATE "C" NOT NULL,
    id              TEXT COLLATE "C" NOT NULL,
    inquiry_id      TEXT COLLATE "C" NOT NULL,
    account_id      TEXT COLLATE "C",
    status          TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT NOT NULL,
    processed_at    BIGINT,
    attributes      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (environment_id, id),
    FOREIGN KEY (environment_id, inquiry_id) REFERENCES inquiries (environment_id, id)
);
CREATE INDEX documents_by_inquiry ON documents (environment_id, inquiry_id, created_at, id);

CREATE TABLE selfies (
    environment_id  TEXT COLLATE "C" NOT NULL,
    id              TEXT COLLATE "C" NOT NULL,
    inquiry_id      TEXT COLLATE "C" NOT NULL,
    account_id      TEXT COLLATE "C",
    status          TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT NOT NULL,
    processed_at    BIGINT,
    PRIMARY KEY (environment_id, id),
    FOREIGN KEY (environment_id, inquiry_id) REFERENCES inquiries (environment_id, id)
);
CREATE INDEX selfies_by_inquiry ON selfies (environment_id, inquiry_id, created_at, id);

-- Uploaded pictures; the bytes lie in the blob store under blob_key and are there before the row is.
CREATE TABLE files (
    environment_id  TEXT COLLATE "C" NOT NULL,
    id              TEXT COLLATE "C" NOT NULL,
    inquiry_id      TEXT COLLATE "C" NOT NULL,
    step            TEXT COLLATE "C" NOT NULL,
    part            TEXT COLLATE "C" NOT NULL,
    owner_id        TEXT COLLATE "C",
    blob_key        TEXT COLLATE "C" NOT NULL,
    sha256          TEXT COLLATE "C" NOT NULL,
    mime_type       TEXT COLLATE "C" NOT NULL,
    byte_size       BIGINT NOT NULL,
    width           BIGINT NOT NULL,
    height          BIGINT NOT NULL,
    capture_method  TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id),
    FOREIGN KEY (environment_id, inquiry_id) REFERENCES inquiries (environment_id, id)
);
CREATE INDEX files_by_inquiry ON files (environment_id, inquiry_id, created_at, id);

CREATE TABLE events (
    environment_id  TEXT COLLATE "C" NOT NULL,
    id              TEXT COLLATE "C" NOT NULL,
    name            TEXT COLLATE "C" NOT NULL,
    object_type     TEXT COLLATE "C" NOT NULL,
    object_id       TEXT COLLATE "C" NOT NULL,
    account_id      TEXT COLLATE "C",
    created_at      BIGINT NOT NULL,
    -- Place among the events of one commit.
    ordinal         BIGINT NOT NULL,
    payload         TEXT COLLATE "C" NOT NULL,
    context         TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (environment_id, id)
);
CREATE INDEX events_by_age ON events (environment_id, created_at, ordinal, id);
CREATE INDEX events_by_object ON events (environment_id, object_id, created_at, ordinal, id);

-- The first answer of a request with an Idempotency-Key, stored in the transaction of its effect.
CREATE TABLE idempotency_keys (
    environment_id  TEXT COLLATE "C" NOT NULL,
    key             TEXT COLLATE "C" NOT NULL,
    fingerprint     BYTEA NOT NULL,
    status          BIGINT NOT NULL,
    body            BYTEA NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (environment_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
