-- Imports of files (M1–M24). The file itself lies in the blob store under blob_key until the import has ended. Every slice
-- of it is one transaction, which moves these numbers together with the rows it makes.
CREATE TABLE importers (
    environment_id  TEXT NOT NULL REFERENCES environments (id),
    id              TEXT NOT NULL,
    kind            TEXT NOT NULL,
    status          TEXT NOT NULL,
    successful      INTEGER NOT NULL,
    duplicates      INTEGER NOT NULL,
    errors          INTEGER NOT NULL,
    -- The next row, counted from 1 without the header, and the byte of the file at which it begins.
    next_row        INTEGER NOT NULL,
    next_byte       INTEGER NOT NULL,
    -- Why the file as a whole could not be used.
    problem         TEXT,
    blob_key        TEXT,
    created_at      INTEGER NOT NULL,
    completed_at    INTEGER,
    -- Until then a server works on it; in the past: anybody may take it.
    leased_until    INTEGER NOT NULL,
    version         INTEGER NOT NULL,
    PRIMARY KEY (environment_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX importers_by_age ON importers (environment_id, created_at, id);
CREATE INDEX importers_waiting ON importers (leased_until, id) WHERE status = 'pending';

-- What became of the rows, a slice of them at a time, packed.
CREATE TABLE importer_rows (
    environment_id  TEXT NOT NULL,
    importer_id     TEXT NOT NULL,
    first_row       INTEGER NOT NULL,
    last_row        INTEGER NOT NULL,
    duplicates      INTEGER NOT NULL,
    errors          INTEGER NOT NULL,
    outcomes        BLOB NOT NULL,
    PRIMARY KEY (environment_id, importer_id, first_row),
    FOREIGN KEY (environment_id, importer_id) REFERENCES importers (environment_id, id)
) STRICT;
CREATE INDEX importer_rows_with_duplicates ON importer_rows (environment_id, importer_id, first_row) WHERE duplicates > 0;
CREATE INDEX importer_rows_with_errors ON importer_rows (environment_id, importer_id, first_row) WHERE errors > 0;
