-- What account search compares: values of fields that can be searched, and of identifiers. Text as it is compared; numbers,
-- instants and truth values as integers in their order.
CREATE TABLE account_search_values (
    environment_id  TEXT NOT NULL,
    account_id      TEXT NOT NULL,
    field_key       TEXT NOT NULL,
    text_value      TEXT,
    number_value    INTEGER,
    PRIMARY KEY (environment_id, account_id, field_key),
    FOREIGN KEY (environment_id, account_id) REFERENCES accounts (environment_id, id),
    CHECK ((text_value IS NULL) <> (number_value IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX account_search_values_by_text
    ON account_search_values (environment_id, field_key, text_value, account_id) WHERE text_value IS NOT NULL;
CREATE INDEX account_search_values_by_number
    ON account_search_values (environment_id, field_key, number_value, account_id) WHERE number_value IS NOT NULL;
INSERT INTO account_search_values (environment_id, account_id, field_key, text_value)
    SELECT environment_id, account_id, field_key, substr(value_fold, 1, 255) FROM account_identifiers;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('account_search_values', 'account_search_values', '1000000 1000000 3 1'),
    ('account_search_values', 'account_search_values_by_text', '1000000 1000000 300000 2 1'),
    ('account_search_values', 'account_search_values_by_number', '1000000 1000000 300000 2 1');
ANALYZE sqlite_schema;
