// What both peers share: the HTTP side, the ids, and the texts of one create.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Fastify from 'fastify';

export const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));

/** Time first, then random, as the server's own ids are. */
export function id(prefix) {
  const moment = Date.now().toString(16).padStart(11, '0');
  return `${prefix}_${moment}${randomBytes(9).toString('hex').slice(0, 17)}`;
}

const body = {
  type: 'object',
  required: ['data', 'meta'],
  properties: {
    data: {
      type: 'object',
      required: ['attributes'],
      properties: {
        attributes: {
          type: 'object',
          required: ['inquiry-template-id'],
          properties: { 'inquiry-template-id': { type: 'string' }, fields: { type: 'object' } },
        },
      },
    },
    meta: {
      type: 'object',
      required: ['auto-create-account-reference-id'],
      properties: { 'auto-create-account-reference-id': { type: 'string', minLength: 1, maxLength: 255 } },
    },
  },
};

/** Everything of one create that does not depend on which account it is. */
export function plan(request) {
  const { attributes } = request.body.data;
  const reference = request.body.meta['auto-create-account-reference-id'];
  const now = Date.now();
  const fields = attributes.fields ?? {};
  return {
    now,
    reference,
    fold: reference.normalize('NFC').toLowerCase(),
    key: request.headers['idempotency-key'],
    fingerprint: createHash('sha256').update(JSON.stringify(request.body)).digest(),
    inquiry: id('inq'),
    newAccount: id('act'),
    events: [id('evt'), id('evt')],
    detail: Buffer.from(JSON.stringify({ ...settings.detail, fields: { ...settings.detail.fields, ...fields } })),
  };
}

/** The document of the inquiry, rendered once: answer, stored answer and event. */
export function render(planned, account) {
  const document = structuredClone(settings.document);
  const time = new Date(planned.now).toISOString();
  document.id = planned.inquiry;
  document.attributes['created-at'] = time;
  document.attributes['reference-id'] = planned.reference;
  document.relationships.account = { data: { type: 'account', id: account } };
  const payload = JSON.stringify(document);
  return { payload: Buffer.from(payload), answer: `{"data":${payload},"meta":{"session-token":null}}` };
}

/** `create` gets a plan and gives `{ status, answer }`. */
export async function serve(create) {
  const app = Fastify({ logger: false });
  app.addHook('onRequest', async (request, reply) => {
    if (!request.headers.authorization?.startsWith('Bearer ')) {
      await reply.code(401).send({ errors: [{ title: 'Must be authenticated' }] });
    }
  });
  app.post('/api/v1/inquiries', { schema: { body } }, async (request, reply) => {
    const { status, answer } = await create(plan(request));
    return reply.code(status).type('application/json; charset=utf-8').send(answer);
  });
  await app.listen({ host: '127.0.0.1', port: settings.port });
  process.on('SIGTERM', () => process.exit(0));
}
