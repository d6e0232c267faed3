-- API logs by the segment: a row holds those of one environment and about one moment, packed, and its key is that of the
-- youngest. Segments of several writers overlap, and none reaches over more than a second, so that a log is found by its
-- time. What was logged before is taken over as segments of one.
CREATE TABLE api_log_segments (
    environment_id  TEXT COLLATE "C" NOT NULL REFERENCES environments (id),
    last_at         BIGINT NOT NULL,
    last_id         TEXT COLLATE "C" NOT NULL,
    first_at        BIGINT NOT NULL,
    entries         BYTEA NOT NULL,
    PRIMARY KEY (environment_id, last_at, last_id),
    CHECK (first_at BETWEEN last_at - 1000 AND last_at)
);
-- They are packed already.
ALTER TABLE api_log_segments ALTER COLUMN entries SET STORAGE EXTERNAL;
INSERT INTO api_log_segments SELECT environment_id, created_at, id, created_at, entry FROM api_logs;
DROP TABLE api_logs;
