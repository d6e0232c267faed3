-- What was JSON as text is packed bytes from now on (`packed.rs`). Text written before is taken over as it is: its first
-- byte, a brace, tells that it is not packed.
ALTER TABLE inquiries ADD COLUMN packed BLOB NOT NULL DEFAULT x'';
UPDATE inquiries SET packed = CAST(detail AS BLOB);
ALTER TABLE inquiries DROP COLUMN detail;
ALTER TABLE inquiries RENAME COLUMN packed TO detail;

ALTER TABLE events ADD COLUMN packed BLOB NOT NULL DEFAULT x'';
UPDATE events SET packed = CAST(payload AS BLOB);
ALTER TABLE events DROP COLUMN payload;
ALTER TABLE events RENAME COLUMN packed TO payload;
