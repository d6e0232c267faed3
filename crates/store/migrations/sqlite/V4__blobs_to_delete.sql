-- Pictures that no row names: let go of, to be deleted at once; or kept a moment ago for a row that has yet to come. The
-- change that names one takes it from here in its own transaction, and the change that lets go of one puts it here.
CREATE TABLE blobs_to_delete (
    environment_id  TEXT NOT NULL,
    blob_key        TEXT NOT NULL,
    due_at          INTEGER NOT NULL,
    PRIMARY KEY (environment_id, blob_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX blobs_to_delete_by_due ON blobs_to_delete (due_at);
