// Fastify and pg: one transaction a request, statement by statement, as most would write it; the server's own tables.
import pg from 'pg';
import { render, serve, settings } from './peer.js';

const pool = new pg.Pool({ connectionString: settings.database, max: 32 });
await pool.query(settings.schema);

const { environment } = settings;
// A name makes pg prepare a statement once a connection.
const named = (name, text) => (client, values) => client.query({ name, text, values });
const findAnswer = named(
  'find-answer',
  'SELECT status, body FROM idempotency_keys WHERE environment_id = $1 AND key = $2',
);
const findOrCreate = named(
  'find-or-create',
  `INSERT INTO accounts (environment_id, id, account_type_id, reference_id, reference_fold, status, fields, tags,
   created_at, updated_at, version) VALUES ($1, $2, $3, $4, $5, 'Default', $6, '[]', $7, $7, 1)
   ON CONFLICT (environment_id, account_type_id, reference_fold)
   WHERE reference_fold IS NOT NULL AND archived_at IS NULL
   DO UPDATE SET reference_fold = EXCLUDED.reference_fold RETURNING id`,
);
const insertInquiry = named(
  'insert-inquiry',
  `INSERT INTO inquiries (environment_id, id, account_id, template_id, template_version_id, status, created_at,
   updated_at, expires_at, detail, due_at, version) VALUES ($1, $2, $3, $4, $5, 'created', $6, $6, $7, $8, $7, 1)`,
);
const insertEvent = named(
  'insert-event',
  `INSERT INTO events (environment_id, id, name, object_type, object_id, account_id, created_at, ordinal, payload,
   context) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '{}')`,
);
const insertAnswer = named(
  'insert-answer',
  `INSERT INTO idempotency_keys (environment_id, key, fingerprint, status, body, created_at)
   VALUES ($1, $2, $3, 201, $4, $5)`,
);

async function create(planned) {
  const { now } = planned;
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const before = await findAnswer(client, [environment, planned.key]);
    if (before.rows.length > 0) {
      await client.query('ROLLBACK');
      return { status: Number(before.rows[0].status), answer: before.rows[0].body };
    }
    const found = await findOrCreate(client, [
      environment, planned.newAccount, settings.accountType, planned.reference, planned.fold, settings.accountFields,
      now,
    ]);
    const account = found.rows[0].id;
    if (account === planned.newAccount) {
      await insertEvent(client, [
        environment, planned.events[0], 'account.created', 'account', account, account, now, 0,
        Buffer.from(settings.accountPayload),
      ]);
    }
    await insertInquiry(client, [
      environment, planned.inquiry, account, settings.template, settings.version, now, now + 86_400_000,
      planned.detail,
    ]);
    const { payload, answer } = render(planned, account);
    await insertEvent(client, [
      environment, planned.events[1], 'inquiry.created', 'inquiry', planned.inquiry, account, now, 1, payload,
    ]);
    await insertAnswer(client, [environment, planned.key, planned.fingerprint, Buffer.from(answer), now]);
    await client.query('COMMIT');
    return { status: 201, answer };
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

const now = Date.now();
await pool.query("INSERT INTO organisations VALUES ($1, 'Benchmark', $2)", [settings.organisation, now]);
await pool.query("INSERT INTO environments VALUES ($1, $2, 'sandbox', '', $3)", [
  environment, settings.organisation, now,
]);
await pool.query(
  `INSERT INTO accounts (environment_id, id, account_type_id, reference_id, reference_fold, status, fields, tags,
   created_at, updated_at, version)
   SELECT $1, 'act_' || lpad(n::text, 28, '0'), $2, $6 || n, $6 || n, 'Default', $3, '[]', $4, $4, 1
   FROM generate_series(0, $5::bigint - 1) n`,
  [environment, settings.accountType, settings.accountFields, now, settings.people.count, settings.people.prefix],
);

await serve(create);
