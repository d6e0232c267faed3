-- What was JSON as text is packed bytes from now on (`packed.rs`). Text written before is taken over as it is: its first
-- byte, a brace, tells that it is not packed.
ALTER TABLE inquiries ALTER COLUMN detail TYPE BYTEA USING convert_to(detail, 'UTF8');
ALTER TABLE events ALTER COLUMN payload TYPE BYTEA USING convert_to(payload, 'UTF8');
