// The unmodified SDKs against the server (T1–T7, T10–T13).
import assert from 'node:assert/strict';
import { Flow } from '../harness/flow.mjs';
import { until } from '../harness/server.mjs';
import { scenario, world } from '../harness/world.mjs';

const w = world();

scenario(w, 'T1 load, start and ready come in order, each echoing what the SDK asked for', async ({ page, host, site, server }) => {
  await page.goto(site.url);
  await host.create('a', { referenceId: 'shopper-1' });
  await host.called('a', 'onReady');

  const names = (await host.sequence('a')).filter((name) => ['load', 'onLoad', 'inquiry-load', 'start', 'page-change', 'ready', 'onReady', 'onError'].includes(name));
  assert.deepEqual(names, ['load', 'onLoad', 'inquiry-load', 'start', 'page-change', 'ready', 'onReady']);

  const [, { inquiryId }] = await host.called('a', 'onEvent', { event: 'start' });
  const [, { inquiryId: loaded }] = await host.called('a', 'onEvent', { event: 'inquiry-load' });
  assert.match(inquiryId, /^inq_\w+$/);
  assert.equal(loaded, inquiryId);
  const inquiry = await server.inquiry(inquiryId);
  assert.equal(inquiry.attributes.status, 'created');
  assert.equal(inquiry.attributes['reference-id'], 'shopper-1');

  const container = new URL(await host.iframe().getAttribute('src')).searchParams.get('container-id');
  for (const { origin, data } of await host.messages()) {
    assert.equal(origin, new URL(server.url).origin);
    assert.equal(data.containerId, container, data.name);
    assert.equal(data.templateId, server.formTemplate, data.name);
  }
  const [, change] = await host.called('a', 'onEvent', { event: 'page-change' });
  assert.equal(change.path, 'start');
  assert.equal(typeof change.name, 'string');
  assert.equal(typeof change.pageHeight, 'number');
});

scenario(w, 'T2 two clients on one page each get their own events', async ({ page, host, site }) => {
  await page.goto(site.url);
  await host.create('a', { referenceId: 'twin-a' });
  await host.create('b', { referenceId: 'twin-b' });
  await host.called('a', 'onReady');
  await host.called('b', 'onReady');
  const [, a] = await host.called('a', 'onEvent', { event: 'start' });
  const [, b] = await host.called('b', 'onEvent', { event: 'start' });
  assert.notEqual(a.inquiryId, b.inquiryId);

  await host.open('b');
  await host.cancel('b', true);
  const [cancelled] = await host.called('b', 'onCancel');
  assert.equal(cancelled.inquiryId, b.inquiryId);
  assert.ok(!(await host.sequence('a')).includes('onCancel'), 'the other client hears nothing');
});

scenario(w, 'T3 a finished flow calls onComplete with the status and the fields', async ({ page, host, site, server }) => {
  await page.goto(site.url);
  await host.create('a', { fields: { nameFirst: 'Jane & Co' } });
  await host.called('a', 'onReady');
  await host.open('a');
  const flow = Flow.inside(host);
  const passed = await flow.walkTo('completed', { values: { 'name-last': 'Döe' } });
  assert.deepEqual(passed.filter((kind) => kind !== 'processing'), ['start', 'form']);
  assert.ok(!(await host.sequence('a')).includes('onComplete'), 'complete waits for the button (B41)');
  await flow.primary.click();

  const [{ inquiryId, status, fields }] = await host.called('a', 'onComplete');
  assert.equal(status, 'completed');
  assert.equal((await server.inquiry(inquiryId)).attributes.status, 'completed');
  assert.deepEqual(fields['name-first'], { type: 'string', value: 'Jane & Co' });
  assert.deepEqual(fields['name-last'], { type: 'string', value: 'Döe' });
  for (const key of Object.keys(fields)) assert.match(key, /^[a-z0-9]+(-[a-z0-9]+)*$/);
  await host.iframe().waitFor({ state: 'hidden' });
});

scenario(w, 'T3 a flow that fails for good calls onComplete with failed', { timeout: 180_000 }, async ({ page, host, site, server }) => {
  await page.goto(site.url);
  await host.create('a', { templateId: server.template });
  await host.called('a', 'onReady');
  await host.open('a');
  const flow = Flow.inside(host);
  await flow.at('start');
  await flow.simulate('failed');
  await flow.walkTo('failed', { by: 'upload' });
  await flow.primary.click();

  const [{ inquiryId, status }] = await host.called('a', 'onComplete');
  assert.equal(status, 'failed');
  assert.equal((await server.inquiry(inquiryId)).attributes.status, 'failed');
  assert.ok((await host.sequence('a')).includes('fail'));
  await host.iframe().waitFor({ state: 'hidden' });
});

scenario(w, 'T4 cancelling asks first unless forced, and the client can open again', async ({ page, host, site, server }) => {
  await page.goto(site.url);
  await host.create('a');
  await host.called('a', 'onReady');
  await host.open('a');
  const flow = Flow.inside(host);
  await flow.at('start');
  await flow.primary.click();
  await flow.at('form');

  await host.cancel('a', false);
  await flow.dialog.waitFor();
  await flow.stay();
  assert.ok(!(await host.sequence('a')).includes('onCancel'), 'staying is not leaving');

  await host.cancel('a', false);
  await flow.leave();
  const [first] = await host.called('a', 'onCancel');
  assert.match(first.inquiryId, /^inq_/);
  assert.match(first.sessionToken, /^[\w-]+\.[\w-]+\.[\w-]+$/);
  await host.iframe().waitFor({ state: 'hidden' });

  await host.open('a');
  await host.iframe().waitFor({ state: 'visible' });
  assert.equal(await flow.at('form'), 'form');
  await flow.dialog.waitFor({ state: 'hidden' });

  await host.cancel('a', true);
  const [second] = await host.called('a', 'onCancel', { times: 2 });
  assert.equal(second.inquiryId, first.inquiryId);
  await host.iframe().waitFor({ state: 'hidden' });
  assert.equal((await server.inquiry(first.inquiryId)).attributes.status, 'created', 'leaving changes no status (B68)');

  await host.open('a');
  await flow.walkTo('completed');
  await flow.primary.click();
  await host.called('a', 'onComplete');
});

scenario(w, 'T5 a pending inquiry goes on with the token of onCancel and is closed without it', { timeout: 180_000 }, async ({ page, host, site, server, visitor }) => {
  await page.goto(site.url);
  await host.create('a', { templateId: server.template });
  await host.called('a', 'onReady');
  await host.open('a');
  await Flow.inside(host).walkTo('selfie_capture', { by: 'upload' });
  await host.cancel('a', true);
  const [{ inquiryId, sessionToken }] = await host.called('a', 'onCancel');
  assert.equal((await server.inquiry(inquiryId)).attributes.status, 'pending');

  const resumed = await visitor();
  await resumed.page.goto(site.url);
  await resumed.host.create('a', { inquiryId, sessionToken });
  await resumed.host.called('a', 'onReady');
  await resumed.host.open('a');
  assert.equal(await Flow.inside(resumed.host).at('selfie_capture'), 'selfie_capture');

  const stranger = await visitor();
  await stranger.page.goto(site.url);
  await stranger.host.create('a', { inquiryId });
  const [error] = await stranger.host.called('a', 'onError');
  assert.equal(error.status, 409);
  assert.equal(error.code, 'unauthenticated');
  assert.ok(error.message, 'an error says something (B46)');
  const sequence = await stranger.host.sequence('a');
  assert.ok(sequence.indexOf('onLoad') !== -1 && sequence.indexOf('onLoad') < sequence.indexOf('onError'), 'load before any error (B69)');
  assert.ok(!sequence.includes('onReady'));
  await stranger.host.open('a');
  await Flow.inside(stranger.host).at('notice');
});

scenario(w, 'T6 an inactive template is 422', async ({ page, host, site, server }) => {
  const inactive = await server.copyTemplate('Inactive', ['--status', 'inactive']);
  const before = await server.inquiries();
  await page.goto(site.url);
  await host.create('a', { templateId: inactive });
  const [error] = await host.called('a', 'onError');
  assert.equal(error.status, 422);
  assert.equal(error.code, 'inactive_template');
  assert.ok(!(await host.sequence('a')).includes('onReady'));
  assert.equal((await server.inquiries()).length, before.length);
});

for (const [what, wrong] of Object.entries({
  'both account IDs': 'account-id=act_1&reference-id=user-1',
  'an account and a type': 'account-id=act_1&account-type-id=acttp_1',
  'a template and an inquiry': 'inquiry-id=inq_1',
})) {
  scenario(w, `T6 a hand-made address with ${what} is 400`, async ({ page, host, site, server }) => {
    const address = `${server.url}/widget?client-version=5.9.0&container-id=c1&flow-type=embedded&inquiry-template-id=${server.formTemplate}` +
      `&environment-id=${server.sandbox}&iframe-origin=${encodeURIComponent(site.url)}&${wrong}`;
    const before = await server.inquiries();
    await page.goto(site.add('/hand-made', `<script src="/recorder.js"></script><iframe src="${address.replaceAll('&', '&amp;')}" width="420" height="680" title="flow"></iframe>`));
    const message = await until('an error message', async () => (await host.messages()).find(({ data }) => data.name === 'error'));
    assert.equal(message.data.error.status, 400);
    assert.equal(message.data.error.code, 'invalid_config');
    assert.equal(message.data.containerId, 'c1');
    assert.equal((await server.inquiries()).length, before.length);
  });
}

scenario(w, 'T6 a template that blocks client-side creation makes nothing (B171)', async ({ page, host, site, server }) => {
  const blocked = await server.copyTemplate('Blocked', ['--block-client-creation', 'true']);
  const before = await server.inquiries();
  await page.goto(site.url);
  await host.create('a', { templateId: blocked });
  const [error] = await host.called('a', 'onError');
  assert.equal(error.status, 400);
  assert.equal(error.code, 'invalid_config');
  assert.equal((await server.inquiries()).length, before.length);

  const { id } = await server.createInquiry({ template: blocked });
  await host.create('b', { inquiryId: id });
  await host.called('b', 'onReady');
});

scenario(w, 'T7 persona-react runs inline without open', async ({ page, host, site, server }) => {
  await page.goto(`${site.url}/react`);
  await page.evaluate((options) => renderInquiry(options), {
    templateId: server.formTemplate,
    environmentId: server.sandbox,
    host: server.host,
    referenceId: 'react-1',
  });
  await host.called('react', 'onReady');
  const frame = page.locator('#root iframe');
  assert.match(await frame.getAttribute('src'), /client-version=5\.8\.0.*flow-type=inline/);
  const flow = new Flow(page, frame.contentFrame());
  await flow.at('start');
  assert.equal(await flow.button('Close').count(), 0, 'no close button inline (B13)');
  await flow.walkTo('completed');
  await flow.primary.click();
  const [{ inquiryId, status }] = await host.called('react', 'onComplete');
  assert.equal(status, 'completed');
  assert.equal((await server.inquiry(inquiryId)).attributes['reference-id'], 'react-1');
});

scenario(w, 'T10 preload resolves and makes no inquiry', async ({ page, site, server }) => {
  const before = await server.inquiries();
  await page.goto(site.url);
  const asked = page.waitForRequest((request) => request.url() === `${server.url}/preload`);
  await page.evaluate((host) => Persona.Client.preload(host), server.host);
  await asked;
  assert.equal((await server.inquiries()).length, before.length);
});

scenario(w, 'T11 fields of every spelling arrive in the inquiry', async ({ page, host, site, server }) => {
  await page.goto(site.url);
  await host.create('a', {
    language: 'fr',
    referenceId: 'user 1/é',
    fields: { nameFirst: 'Jane & Co', name_last: 'Döe', addressStreet1: '1 Main + 2', emailAddress: 'a+b@example.com', unknownKey: 'x' },
  });
  const [, { inquiryId }] = await host.called('a', 'onEvent', { event: 'start' });
  const { attributes } = await server.inquiry(inquiryId);
  assert.equal(attributes['reference-id'], 'user 1/é');
  assert.equal(attributes.fields['name-first'].value, 'Jane & Co');
  assert.equal(attributes.fields['name-last'].value, 'Döe');
  if (attributes.fields['address-street-1']) assert.equal(attributes.fields['address-street-1'].value, '1 Main + 2');
  if (attributes.fields['email-address']) assert.equal(attributes.fields['email-address'].value, 'a+b@example.com');
  assert.ok(!('unknown-key' in attributes.fields), 'unknown keys are ignored (B30)');
});

scenario(w, 'T12 step-transitioning reaches only who asks for every event', async ({ page, host, site }) => {
  await page.goto(site.url);
  await host.create('some', {});
  await host.create('all', { eventsAllowlist: 'all' });
  for (const [index, name] of ['some', 'all'].entries()) {
    await host.called(name, 'onReady');
    await host.open(name);
    const flow = Flow.inside(host, index);
    await flow.at('start');
    await flow.primary.click();
    await flow.at('form');
    await host.called(name, 'onEvent', { event: 'page-change', times: 2 });
    await host.cancel(name, true);
    await host.called(name, 'onCancel');
  }
  await host.called('all', 'onEvent', { event: 'step-transitioning' });
  assert.ok(!(await host.sequence('some')).includes('step-transitioning'));
});

scenario(w, 'T13 a template version alone is enough', async ({ page, host, site, server }) => {
  const { relationships } = await server.createInquiry({ template: server.formTemplate });
  const templateVersionId = relationships['inquiry-template-version'].data.id;
  assert.match(templateVersionId, /^itmplv_/);
  await page.goto(site.url);
  await host.create('a', { templateVersionId });
  await host.called('a', 'onReady');
  const [, { inquiryId }] = await host.called('a', 'onEvent', { event: 'start' });
  assert.equal((await server.inquiry(inquiryId)).relationships['inquiry-template-version'].data.id, templateVersionId);
  for (const { data } of await host.messages()) assert.equal(data.templateVersionId, templateVersionId, data.name);
});
