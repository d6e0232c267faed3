-- Lists of keys are filtered by name; changes name the version they saw; a key tells when it was last used.
ALTER TABLE api_keys ADD COLUMN name TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE api_keys SET name = settings::jsonb ->> 'name', settings = (settings::jsonb - 'name')::text;
ALTER TABLE api_keys ADD COLUMN last_used_at BIGINT;
ALTER TABLE api_keys ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
CREATE INDEX api_keys_by_age ON api_keys (environment_id, created_at, id);
