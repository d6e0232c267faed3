-- Relations between accounts, and what account types declare of them. A relation is two rows, one as seen from each end.
ALTER TABLE account_types ADD COLUMN relations TEXT NOT NULL DEFAULT '[]';
ALTER TABLE account_types ADD COLUMN actions TEXT NOT NULL DEFAULT '[]';
-- Counts the changes of a type: a write that goes by its fields names the version it saw.
ALTER TABLE account_types ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

CREATE TABLE account_relations (
    environment_id  TEXT NOT NULL,
    account_id      TEXT NOT NULL,
    relation_key    TEXT NOT NULL,
    target_id       TEXT NOT NULL,
    -- Under which key the target knows the account.
    inverse_key     TEXT NOT NULL,
    -- 1: the account has one target under this key and no other.
    is_single       INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (environment_id, account_id, relation_key, target_id),
    FOREIGN KEY (environment_id, account_id) REFERENCES accounts (environment_id, id),
    FOREIGN KEY (environment_id, target_id) REFERENCES accounts (environment_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX account_relations_one_target ON account_relations (environment_id, account_id, relation_key)
    WHERE is_single = 1;
CREATE INDEX account_relations_by_age
    ON account_relations (environment_id, account_id, relation_key, created_at, target_id);
CREATE INDEX account_relations_by_target ON account_relations (environment_id, target_id);

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('account_relations', 'account_relations', '1000000 1000000 10 5 1'),
    ('account_relations', 'account_relations_one_target', '1000000 1000000 10 1'),
    ('account_relations', 'account_relations_by_age', '1000000 1000000 10 5 1 1'),
    ('account_relations', 'account_relations_by_target', '1000000 1000000 10');
ANALYZE sqlite_schema;
