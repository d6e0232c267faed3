-- The highest number of an event that was let go of (E25): from the next one on none was.
ALTER TABLE event_counters ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0;
