-- What account search compares: values of fields that can be searched, and of identifiers. Text as it is compared; numbers,
-- instants and truth values as integers in their order.
CREATE TABLE account_search_values (
    environment_id  TEXT COLLATE "C" NOT NULL,
    account_id      TEXT COLLATE "C" NOT NULL,
    field_key       TEXT COLLATE "C" NOT NULL,
    text_value      TEXT COLLATE "C",
    number_value    BIGINT,
    PRIMARY KEY (environment_id, account_id, field_key),
    FOREIGN KEY (environment_id, account_id) REFERENCES accounts (environment_id, id),
    CHECK ((text_value IS NULL) <> (number_value IS NULL))
);
CREATE INDEX account_search_values_by_text
    ON account_search_values (environment_id, field_key, text_value, account_id) WHERE text_value IS NOT NULL;
CREATE INDEX account_search_values_by_number
    ON account_search_values (environment_id, field_key, number_value, account_id) WHERE number_value IS NOT NULL;
INSERT INTO account_search_values (environment_id, account_id, field_key, text_value)
    SELECT environment_id, account_id, field_key, substr(value_fold, 1, 255) FROM account_identifiers;
