-- Fixed statistics of a large installation. Without any the planner takes `environment_id = ?` for a condition that
-- leaves ten rows, and walks a whole environment where an index names the inquiry or the person.
-- The first number is the rows of the index, each further one how many share so many columns in front.
-- Made-up numbers, kept apart only by what is few and what is many: plans are the same on every machine, at every size.

ANALYZE organisations;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('accounts', 'accounts', '1000000 1000000 1'),
    ('accounts', 'accounts_one_per_reference', '1000000 1000000 1000000 1'),
    ('accounts', 'accounts_by_reference', '1000000 1000000 1 1 1'),
    ('accounts', 'accounts_by_age', '1000000 1000000 2 1'),
    ('inquiries', 'sqlite_autoindex_inquiries_1', '1000000 1000000 1'),
    ('inquiries', 'inquiries_by_id', '1000000 1'),
    ('inquiries', 'inquiries_by_age', '1000000 1000000 2 1'),
    ('inquiries', 'inquiries_by_account', '1000000 1000000 5 1 1'),
    ('inquiries', 'inquiries_by_note', '1000000 1000000 5 1 1'),
    ('inquiries', 'inquiries_by_status', '1000000 1000000 200000 2 1'),
    ('inquiries', 'inquiries_due', '500000 2'),
    ('inquiry_sessions', 'inquiry_sessions', '1000000 1000000 1'),
    ('inquiry_sessions', 'inquiry_sessions_by_id', '1000000 1'),
    ('inquiry_sessions', 'inquiry_sessions_by_slot', '1000000 1000000 2 1'),
    ('inquiry_sessions', 'inquiry_sessions_by_inquiry', '1000000 1000000 2 1 1'),
    ('inquiry_sessions', 'inquiry_sessions_by_age', '1000000 1000000 2 1'),
    ('one_time_links', 'one_time_links', '1000000 1000000 1'),
    ('one_time_links', 'one_time_links_by_code', '1000000 1'),
    ('one_time_links', 'one_time_links_by_inquiry', '1000000 1000000 2 1'),
    ('verifications', 'sqlite_autoindex_verifications_1', '1000000 1000000 1'),
    ('verifications', 'verifications_by_inquiry', '1000000 1000000 2 1 1'),
    ('documents', 'sqlite_autoindex_documents_1', '1000000 1000000 1'),
    ('documents', 'documents_by_inquiry', '1000000 1000000 2 1 1'),
    ('selfies', 'selfies', '1000000 1000000 1'),
    ('selfies', 'selfies_by_inquiry', '1000000 1000000 2 1 1'),
    ('files', 'files', '1000000 1000000 1'),
    ('files', 'files_by_inquiry', '1000000 1000000 4 1 1'),
    ('events', 'sqlite_autoindex_events_1', '1000000 1000000 1'),
    ('events', 'events_by_age', '1000000 1000000 2 1 1'),
    ('events', 'events_by_object', '1000000 1000000 3 1 1 1');
ANALYZE sqlite_schema;
