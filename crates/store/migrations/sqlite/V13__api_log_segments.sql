-- API logs by the segment: a row holds those of one environment and about one moment, packed, and its key is that of the
-- youngest. Segments of several writers overlap, and none reaches over more than a second, so that a log is found by its
-- time. What was logged before is taken over as segments of one.
CREATE TABLE api_log_segments (
    environment_id  TEXT NOT NULL REFERENCES environments (id),
    last_at         INTEGER NOT NULL,
    last_id         TEXT NOT NULL,
    first_at        INTEGER NOT NULL,
    entries         BLOB NOT NULL,
    PRIMARY KEY (environment_id, last_at, last_id),
    CHECK (first_at BETWEEN last_at - 1000 AND last_at)
) STRICT, WITHOUT ROWID;
INSERT INTO api_log_segments SELECT environment_id, created_at, id, created_at, entry FROM api_logs;
DROP TABLE api_logs;
