\set half random(0, 1)
\set place random(0, :people - 1)
WITH ids AS (
    SELECT lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 11, '0') AS moment,
           md5(random()::text || :client_id || 'k') AS one,
           md5(random()::text || :client_id || 'a') AS two,
           (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
), account AS (
    INSERT INTO accounts (environment_id, id, account_type_id, reference_id, reference_fold, status, fields, tags,
                          created_at, updated_at, version)
    SELECT :environment::text, 'act_' || moment || left(two, 17), :account_type::text, reference, reference, 'Default',
           :account_fields::text, '[]', now, now, 1
    FROM ids, LATERAL (SELECT CASE WHEN :half = 0 THEN 'known-' || :place ELSE 'new-' || one END AS reference) person
    ON CONFLICT (environment_id, account_type_id, reference_fold)
        WHERE reference_fold IS NOT NULL AND archived_at IS NULL
        DO UPDATE SET reference_fold = EXCLUDED.reference_fold
    RETURNING id, created_at
), inquiry AS (
    INSERT INTO inquiries (environment_id, id, account_id, template_id, template_version_id, status, created_at,
                           updated_at, expires_at, detail, due_at, version)
    SELECT :environment::text, 'inq_' || moment || left(one, 17), account.id, :template::text, :template_version::text,
           'created', now, now, now + 86400000, :detail::bytea, now + 86400000, 1
    FROM ids, account
    RETURNING id, account_id
), event AS (
    INSERT INTO events (environment_id, id, name, object_type, object_id, account_id, created_at, ordinal, payload,
                        context)
    SELECT :environment::text, 'evt_' || moment || left(md5(one || kind), 17), kind || '.created', kind, object, holder,
           now, place, payload, '{}'
    FROM ids, LATERAL (
        SELECT 'inquiry' AS kind, id AS object, account_id AS holder, 1 AS place, :inquiry_payload::bytea AS payload
        FROM inquiry
        UNION ALL
        SELECT 'account', account.id, account.id, 0, :account_payload::bytea FROM account
        WHERE account.created_at = ids.now
    ) happened
    RETURNING id, account_id, name, ordinal
), queued AS (
    INSERT INTO event_queue (environment_id, event_id, account_id, name, ordinal)
    SELECT :environment::text, id, account_id, name, ordinal FROM event
)
INSERT INTO idempotency_keys (environment_id, key, fingerprint, status, body, created_at)
SELECT :environment::text, two || left(one, 4), decode(one || two, 'hex'), 201, :answer::bytea, now
FROM ids;
