// Objects of every kind in the states that matter, for requests to get further than 404, and a key that may do everything.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { png } from '../e2e/harness/png.mjs';
import { until } from '../e2e/harness/server.mjs';

/** How many objects of each kind there are. */
const EACH = 48;
/** How many persons go through the hosted flow; only they have devices, documents and selfies. */
const VISITORS = 4;
const PICTURE = png();
const STATES = [[], ['start_inquiry'], ['start_inquiry', 'complete_inquiry'], ['expire_inquiry']];
/** Two relations and an action, as an operator adds them to an account type. */
const MORE = `
[[account-types.relations]]
key = "children"
target = "User"
inverse = "parent"
many = true

[[account-types.relations]]
key = "parent"
target = "User"
inverse = "children"

[[account-types.actions]]
name = "Welcome"

[[account-types.actions.effects]]
do = "add-tag"
value = "welcome"
`;

const named = (objects) => objects.map(({ id }) => id);

/** One after the other. */
async function times(count, make) {
  const made = [];
  for (let number = 0; number < count; number++) made.push(await make(number));
  return made;
}

/** The id of the action of the default account type, once it is there. */
async function declare(server) {
  const file = join(server.data, 'types.toml');
  writeFileSync(file, `${await server.cli('account-type', 'show', 'User')}\n${MORE}`);
  await server.cli('account-type', 'apply', file);
  const [action] = (await server.cli('account-type', 'show', 'User')).match(/accac_\w+/);
  return action;
}

/** Goes through the flow of the template as a browser would, and returns the id of its inquiry. */
async function visit(server) {
  const flow = `${server.url}/flow/v1`;
  let token;
  const call = async (path, body, kind = 'application/json') => {
    const headers = { 'content-type': kind, ...(token ? { authorization: `Bearer ${token}` } : {}) };
    const method = body === undefined ? 'GET' : 'POST';
    const answer = await fetch(`${flow}/${path}`, { method, headers, body });
    const state = await answer.json();
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${JSON.stringify(state.error)}`);
    return state;
  };
  const query = `inquiry-template-id=${server.template}&environment-id=${server.sandbox}`;
  let state = await call('bootstrap', JSON.stringify({ surface: 'verify', query }));
  token = state.session_token;
  for (let step = 0; state.screen.kind !== 'completed'; step++) {
    const { kind, step: name, revision, parts = [], options = [], components = [] } = state.screen;
    if (step > 50) throw new Error(`the flow stays at ${name}`);
    if (kind === 'processing') {
      state = await until('what was sent is looked at', async () => {
        const next = await call('state');
        return next.screen.kind !== 'processing' && next;
      });
      continue;
    }
    for (const { part } of parts) {
      await call(`files?step=${name}&part=${part}&method=upload`, PICTURE, 'image/png');
    }
    const required = components.filter((component) => component.required);
    const values = {
      country_select: () => ({ country: 'US' }),
      government_id_select: () => ({ id_class: options[0].value }),
      form: () => Object.fromEntries(required.map(({ key, type }) => [key, type === 'date' ? '1990-12-31' : 'Ada'])),
    }[kind]?.() ?? {};
    state = await call('transition', JSON.stringify({ step: name, revision, key: `key ${step}`, values, behaviors: {} }));
  }
  return state.inquiry.id;
}

/** What those who went through the flow left. */
async function left(server, inquiries) {
  const found = { devices: [], verifications: [], selfies: [], documents: [] };
  const related = ({ relationships }, name) => named(relationships[name].data);
  for (const id of inquiries) {
    const { data } = await server.api('GET', `/inquiries/${id}`);
    for (const { type, id: verification } of data.relationships.verifications.data) {
      (type === 'verification/selfie' ? found.selfies : found.verifications).push(verification);
    }
    found.documents.push(...related(data, 'documents'));
    for (const session of related(data, 'sessions')) {
      found.devices.push(...named((await server.api('GET', `/devices?filter[inquiry-session-id]=${session}`)).data));
    }
  }
  return found;
}

/** A webhook that is sent everything from now on, to where nobody listens. */
async function told(server) {
  const settings = { name: 'told', url: 'https://127.0.0.1:9/hook', 'enabled-events': ['*'] };
  const { data } = await server.api('POST', '/webhooks', { data: { attributes: settings } });
  await server.api('POST', `/webhooks/${data.id}/enable`, {});
  return data.id;
}

/** The key, and the ids by the names that parameters and members have. */
export async function things(server) {
  const post = async (path, body) => (await server.api('POST', path, body)).data;
  const products = ['account', 'api_key', 'case', 'document', 'inquiry', 'list', 'report', 'txn', 'verification'];
  const permissions = [
    ...products.flatMap((product) => [`${product}.read`, `${product}.write`]),
    ...['event.read', 'api_log.read', 'user_audit_log.read', 'webhook.read', 'webhook.write', 'workflow.trigger'],
  ];
  const key = await server.cli(
    'key', 'create', '--environment', 'sandbox', '--name', 'Schemathesis',
    ...permissions.flatMap((permission) => ['--permission', permission]),
  );
  const action = await declare(server);
  const toldWebhook = await told(server);
  const accounts = await times(EACH, (number) =>
    post('/accounts', { data: { attributes: { 'reference-id': `user ${number}`, 'name-first': 'A', tags: ['red'] } } }),
  );
  for (const { id } of accounts.slice(1, 9)) {
    const meta = { 'relation-schema-key': 'children', 'target-object-id': id };
    await post(`/accounts/${accounts[0].id}/add-relation`, { meta });
  }
  const visitors = await left(server, await Promise.all(Array.from({ length: VISITORS }, () => visit(server))));
  const { data: verification } = await server.api('GET', `/verifications/${visitors.verifications[0]}`);
  const verificationTemplate = verification.relationships['verification-template'].data.id;

  const verified = [{ type: 'create_passed_verification', data: { 'verification-template-id': verificationTemplate } }];
  const inquiries = [];
  const verifications = [...visitors.verifications, ...visitors.selfies];
  for (let number = 0; number < EACH; number++) {
    const inquiry = await server.createInquiry({ 'account-id': accounts[number].id });
    const state = STATES[number % STATES.length].map((type) => ({ type }));
    const actions = [...state, ...(number % STATES.length === 1 ? verified : [])];
    if (actions.length > 0) {
      const changed = await post(`/inquiries/${inquiry.id}/perform-simulate-actions`, { meta: { 'simulate-actions': actions } });
      verifications.push(...named(changed.relationships.verifications.data));
    }
    inquiries.push(inquiry);
  }
  const open = await times(EACH, () => server.createInquiry());
  const passing = await times(EACH, () => server.createInquiry());
  const sessions = [];
  for (const inquiry of inquiries.filter((_, number) => number % STATES.length < 2)) {
    sessions.push(await post('/inquiry-sessions', { data: { attributes: { 'inquiry-id': inquiry.id } } }));
  }
  const file = { data: Buffer.from('reference_id\nimported\n').toString('base64') };
  const importers = await times(4, () => post('/importer/accounts', { data: { attributes: { file } } }));
  const events = (await server.api('GET', '/events?page[size]=20')).data;
  const versions = (await server.api('GET', `/inquiry-template-versions?filter[inquiry-template-id]=${server.template}`)).data;
  const asked = async (method, path, body, root = '/api/v1') => {
    const answer = await fetch(`${server.url}${root}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}` },
      body: body && JSON.stringify(body),
    });
    const made = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(made)}`);
    return made.data;
  };
  const keys = await times(EACH, (number) =>
    asked('POST', '/api-keys', { data: { attributes: { name: `key ${number}`, permissions: ['account.read'] } } }),
  );
  const webhooks = await times(EACH, (number) =>
    post('/webhooks', {
      data: { attributes: { name: `hook ${number}`, url: 'https://example.com/hook', 'enabled-events': ['*'] } },
    }),
  );
  // They are written some time after the answer.
  const logs = await until('the API logs are written', async () => {
    const written = await asked('GET', '/api-logs?page[size]=20');
    return written.length > 0 && written;
  });
  const deliveries = await until('what came of the first events is written', async () => {
    const written = await asked('GET', `/webhooks/${toldWebhook}/deliveries`, undefined, '/api/selfsame/v1');
    return written.length > 0 && written;
  });
  return {
    key,
    // User audit logs are missing: nothing of this server makes one yet (L21).
    ids: {
      'account-id': named(accounts),
      'account-type-id': [accounts[0].relationships['account-type'].data.id],
      'account-action-id': [action],
      'api-key-id': named(keys),
      'api-log-id': named(logs),
      'delivery-id': named(deliveries),
      'device-id': visitors.devices,
      'document-id': visitors.documents,
      'event-id': named(events),
      'importer-id': named(importers),
      'inquiry-id': named(inquiries),
      'inquiry-session-id': named(sessions),
      'inquiry-template-id': [server.template, server.formTemplate],
      'inquiry-template-version-id': named(versions),
      'open-inquiry-id': named(open),
      'passing-inquiry-id': named(passing),
      'reference-id': accounts.slice(1, 9).map(({ attributes }) => attributes['reference-id']),
      'selfie-verification-id': visitors.selfies,
      'told-webhook-id': [toldWebhook],
      'verification-id': verifications,
      'verification-template-id': [verificationTemplate],
      'webhook-id': named(webhooks),
    },
  };
}
