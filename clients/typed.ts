// What an integrator does with a client made from the published document: 250 accounts and 250 inquiries are
// created, changed and read back over pages; every value that was sent must come back. `tsc` checks the types, so a
// member that the published document does not know does not compile.
import assert from 'node:assert/strict';
import { client } from './api/client.gen.js';
import {
  createAnAccount,
  createAnInquiry,
  listAllAccounts,
  listAllInquiries,
  retrieveAnAccount,
  updateAnAccount,
  updateAnInquiry,
} from './api/sdk.gen.js';

const MANY = 250;
const SIZE = 100;
const AT_ONCE = 10;

const wanted = (name: string): string => {
  const value = process.env[name];
  assert.ok(value, `${name} is set`);
  return value;
};
const key = wanted('SELFSAME_SANDBOX_API_KEY');
const template = wanted('SELFSAME_TEMPLATE_ID');
client.setConfig({ baseUrl: `${wanted('SELFSAME_URL')}/api/v1`, auth: () => key });

/** `work` for 0 … MANY - 1, a few at a time. */
async function each<T>(work: (number: number) => Promise<T>): Promise<T[]> {
  const made: T[] = new Array(MANY);
  let next = 0;
  const worker = async () => {
    for (let number = next++; number < MANY; number = next++) made[number] = await work(number);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return made;
}

/** The cursor in a page's link, as it goes into the next call's `page`. */
function cursor(link: string | null | undefined, name: 'after' | 'before'): string | undefined {
  if (!link) return undefined;
  const value = new URL(link, 'http://localhost').searchParams.get(`page[${name}]`);
  assert.ok(value, `${link} names page[${name}]`);
  return value;
}

type Page<T> = { data: T[]; links: { prev?: string | null; next?: string | null } };

/** All pages from the first to the last, then back by `prev`: the same pages, no object missing, none twice. */
async function pages<T extends { id?: string }>(list: (page: object) => Promise<Page<T>>): Promise<Map<string, T>> {
  const found: Page<T>[] = [];
  let page: Page<T> | undefined = await list({ size: SIZE });
  assert.equal(page.links.prev, null, 'nothing comes before the first page');
  while (page) {
    found.push(page);
    assert.ok(found.length <= MANY / SIZE + 1, 'there is a last page');
    const after: string | undefined = cursor(page.links.next, 'after');
    page = after ? await list({ size: SIZE, after }) : undefined;
  }
  assert.deepEqual(found.map(({ data }) => data.length), [100, 100, 50]);
  for (let number = found.length - 1; number > 0; number--) {
    const before = cursor(found[number]?.links.prev, 'before');
    assert.ok(before, 'every page but the first has one before it');
    const back = await list({ size: SIZE, before });
    assert.deepEqual(back.data, found[number - 1]?.data, 'the way back shows the same pages');
  }
  const objects = found.flatMap(({ data }) => data);
  const byId = new Map(objects.map((object) => [object.id ?? '', object]));
  assert.equal(byId.size, MANY, 'no object comes twice');
  return byId;
}

/** A value in `fields`, where each is `{type, value}`, as deep as the path goes. */
function shown(fields: unknown, ...path: string[]): unknown {
  type Fields = Record<string, { value?: unknown } | undefined> | null | undefined;
  return path.reduce((at, name) => (at as Fields)?.[name]?.value, fields);
}

const person = (number: number, round: number) => ({
  first: `Jörg ${number}`,
  last: `O'Neill-${round}-${number} 😀`,
  birthdate: `19${String(50 + (number % 50))}-0${(number % 9) + 1}-1${number % 10}`,
  email: `person+${number}.${round}@example.com`,
  phone: `+4930${String(100000 + number)}`,
  street: `Straße ${number}/${round}`,
  city: 'Köln, "am Rhein"',
  tags: [`round ${round}`, `digit ${number % 10}`],
});

function attributes(number: number, round: number) {
  const { first, last, birthdate, email, phone, street, city, tags } = person(number, round);
  return {
    'name-first': first,
    'name-last': last,
    birthdate,
    'email-address': email,
    'phone-number': phone,
    'address-street-1': street,
    'address-city': city,
    tags,
  };
}

const reference = (number: number) => `typed/${number}?ß`;

// Accounts: create, change, read.
const accounts = await each(async (number) => {
  const { data, response } = await createAnAccount({
    body: { data: { attributes: { 'reference-id': reference(number), ...attributes(number, 1) } } },
    throwOnError: true,
  });
  assert.equal(response.status, 201);
  const id = data.data?.id ?? '';
  assert.match(id, /^act_/);
  return id;
});
await each((number) =>
  updateAnAccount({
    path: { 'account-id': accounts[number] ?? '' },
    body: { data: { attributes: attributes(number, 2) } },
    throwOnError: true,
  }),
);
const listed = await pages(async (page) => {
  const { data } = await listAllAccounts({ query: { page }, throwOnError: true });
  return data;
});
accounts.forEach((id, number) => {
  const account = listed.get(id)?.attributes;
  const { first, last, birthdate, email, phone, street, city, tags } = person(number, 2);
  const fields = account?.fields;
  assert.deepEqual(
    {
      reference: account?.['reference-id'],
      first: shown(fields, 'name', 'first'),
      last: shown(fields, 'name', 'last'),
      birthdate: shown(fields, 'birthdate'),
      email: shown(fields, 'email_address'),
      phone: shown(fields, 'phone_number'),
      street: shown(fields, 'address', 'street_1'),
      city: shown(fields, 'address', 'city'),
      tags: [...(account?.tags ?? [])].sort(),
    },
    { reference: reference(number), first, last, birthdate, email, phone, street, city, tags: [...tags].sort() },
  );
});

// Inquiries: every second one names its account by id, the others by reference ID; all must hang off the same 250.
const inquiries = await each(async (number) => {
  const byId = number % 2 === 0;
  const { data } = await createAnInquiry({
    body: {
      data: {
        attributes: {
          'inquiry-template-id': template,
          ...(byId ? { 'account-id': accounts[number] } : {}),
          note: `note ${number}`,
          fields: { 'name-first': `first ${number}`, birthdate: '1990-02-28' },
        },
      },
      meta: byId ? {} : { 'auto-create-account-reference-id': reference(number) },
    },
    throwOnError: true,
  });
  return data.data.id;
});
await each((number) =>
  updateAnInquiry({
    path: { 'inquiry-id': inquiries[number] ?? '' },
    body: {
      data: { attributes: { note: `changed ${number}`, fields: { 'name-last': `last ${number}` }, tags: ['seen'] } },
    },
    throwOnError: true,
  }),
);
const asked = await pages(async (page) => {
  const { data } = await listAllInquiries({ query: { page }, throwOnError: true });
  return data;
});
inquiries.forEach((id, number) => {
  const inquiry = asked.get(id);
  const fields = inquiry?.attributes.fields;
  assert.deepEqual(
    {
      account: inquiry?.relationships?.account?.data?.id,
      status: inquiry?.attributes.status,
      reference: inquiry?.attributes['reference-id'],
      note: inquiry?.attributes.note,
      tags: inquiry?.attributes.tags,
      first: shown(fields, 'name-first'),
      last: shown(fields, 'name-last'),
      birthdate: shown(fields, 'birthdate'),
    },
    {
      account: accounts[number],
      status: 'created',
      reference: reference(number),
      note: `changed ${number}`,
      tags: ['seen'],
      first: `first ${number}`,
      last: `last ${number}`,
      birthdate: '1990-02-28',
    },
  );
});

// A filter, and only the attributes that were asked for.
const { data: few } = await listAllInquiries({
  query: { filter: { 'reference-id': reference(7) }, fields: { inquiry: 'note,status' } },
  throwOnError: true,
});
assert.deepEqual(
  few.data.map(({ id, attributes }) => [id, attributes as object]),
  [[inquiries[7], { status: 'created', note: 'changed 7' }]],
);

// Errors, as this client's users see them: in `error`, or thrown.
const first = reference(0);
const again = await createAnAccount({ body: { data: { attributes: { 'reference-id': first } } } });
assert.equal(again.data, undefined);
assert.equal(again.response.status, 409);
assert.ok(again.error && 'errors' in again.error);
assert.ok(again.error.errors?.[0]?.title, 'a conflict says what it is');
await assert.rejects(
  retrieveAnAccount({ path: { 'account-id': 'act_nobody' }, throwOnError: true }),
  (error: { errors: { title: string }[] }) => error.errors[0]?.title === 'Record not found',
);
const stranger = await listAllAccounts({ auth: 'persona_sandbox_nobody' });
assert.equal(stranger.response.status, 401);
assert.deepEqual(stranger.error, { errors: [{ title: 'Token is invalid' }] });

// A call that is sent again with its idempotency key is one call.
const twice = () =>
  createAnInquiry({
    body: { data: { attributes: { 'inquiry-template-id': template } } },
    headers: { 'Idempotency-Key': 'typed-once' },
    throwOnError: true,
  });
const [one, two] = [await twice(), await twice()];
assert.equal(one.data.data.id, two.data.data.id);

console.log(`typed client: ${MANY} accounts and ${MANY} inquiries created, changed and read back, errors understood`);
