-- Lists of keys are filtered by name; changes name the version they saw; a key tells when it was last used.
ALTER TABLE api_keys ADD COLUMN name TEXT NOT NULL DEFAULT '';
UPDATE api_keys SET name = json_extract(settings, '$.name'), settings = json_remove(settings, '$.name');
ALTER TABLE api_keys ADD COLUMN last_used_at INTEGER;
ALTER TABLE api_keys ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
CREATE INDEX api_keys_by_age ON api_keys (environment_id, created_at, id);
