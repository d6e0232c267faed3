// Fastify and better-sqlite3: one transaction a request, WAL, synchronous=FULL, the server's own tables.
import Database from 'better-sqlite3';
import { id, render, serve, settings } from './peer.js';

const database = new Database(settings.database);
database.pragma('journal_mode = WAL');
database.pragma('synchronous = FULL');
database.pragma('foreign_keys = ON');
database.exec(settings.schema);

const { environment } = settings;
const insertAccount = database.prepare(
  `INSERT INTO accounts (environment_id, id, account_type_id, reference_id, reference_fold, status, fields, tags,
   created_at, updated_at, version) VALUES (?, ?, ?, ?, ?, 'Default', ?, '[]', ?, ?, 1)
   ON CONFLICT (environment_id, account_type_id, reference_fold)
   WHERE reference_fold IS NOT NULL AND archived_at IS NULL DO NOTHING`,
);
const findAccount = database.prepare(
  `SELECT id FROM accounts WHERE environment_id = ? AND account_type_id = ? AND reference_fold = ?
   AND archived_at IS NULL`,
);
const findAnswer = database.prepare(
  'SELECT status, body FROM idempotency_keys WHERE environment_id = ? AND key = ?',
);
const insertInquiry = database.prepare(
  `INSERT INTO inquiries (environment_id, id, account_id, template_id, template_version_id, status, created_at,
   updated_at, expires_at, detail, due_at, version) VALUES (?, ?, ?, ?, ?, 'created', ?, ?, ?, ?, ?, 1)`,
);
const insertEvent = database.prepare(
  `INSERT INTO events (environment_id, id, name, object_type, object_id, account_id, created_at, ordinal, payload,
   context) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '{}')`,
);
const insertAnswer = database.prepare(
  'INSERT INTO idempotency_keys (environment_id, key, fingerprint, status, body, created_at) VALUES (?, ?, ?, 201, ?, ?)',
);

const create = database.transaction((planned) => {
  const { now } = planned;
  const before = findAnswer.get(environment, planned.key);
  if (before) return { status: before.status, answer: before.body };
  let account = findAccount.pluck().get(environment, settings.accountType, planned.fold);
  if (!account) {
    account = planned.newAccount;
    insertAccount.run(
      environment, account, settings.accountType, planned.reference, planned.fold, settings.accountFields, now, now,
    );
    insertEvent.run(
      environment, planned.events[0], 'account.created', 'account', account, account, now, 0,
      Buffer.from(settings.accountPayload),
    );
  }
  const expires = now + 86_400_000;
  insertInquiry.run(
    environment, planned.inquiry, account, settings.template, settings.version, now, now, expires, planned.detail,
    expires,
  );
  const { payload, answer } = render(planned, account);
  insertEvent.run(
    environment, planned.events[1], 'inquiry.created', 'inquiry', planned.inquiry, account, now, 1, payload,
  );
  insertAnswer.run(environment, planned.key, planned.fingerprint, Buffer.from(answer), now);
  return { status: 201, answer };
});

database.transaction(() => {
  const now = Date.now();
  database.prepare("INSERT INTO organisations VALUES (?, 'Benchmark', ?)").run(settings.organisation, now);
  database
    .prepare("INSERT INTO environments VALUES (?, ?, 'sandbox', x'00', ?)")
    .run(environment, settings.organisation, now);
  for (let number = 0; number < settings.people.count; number += 1) {
    const name = `${settings.people.prefix}${number}`;
    insertAccount.run(
      environment, id('act'), settings.accountType, name, name, settings.accountFields, now, now,
    );
  }
})();

await serve(async (planned) => create.immediate(planned));
