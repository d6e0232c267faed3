// What the product is for: however somebody comes to be verified, it is the same person (R8, R19, R38).
import assert from 'node:assert/strict';
import { Flow } from '../harness/flow.mjs';
import { scenario, world } from '../harness/world.mjs';

const w = world();

scenario(w, 'API, hosted link and SDK meet in one account', { timeout: 240_000 }, async ({ page, flow, host, site, server, visitor }) => {
  // 1. The back end makes an inquiry and sends its link.
  const first = await server.createInquiry({ referenceId: 'user-42' });
  assert.equal(first.attributes.status, 'created');
  await flow.goto(server.link({ 'inquiry-id': first.id }));
  await flow.walkTo('completed', { by: 'upload' });

  // 2. Somebody follows a static link.
  const second = await visitor();
  await second.flow.goto(server.link({ 'inquiry-template-id': server.template, 'environment-id': server.sandbox, 'reference-id': 'USER-42' }));
  await second.flow.walkTo('completed', { by: 'camera' });

  // 3. The SDK opens the flow in the shop.
  await page.goto(site.url);
  await host.create('a', { templateId: server.template, referenceId: 'user-42' });
  await host.called('a', 'onReady');
  await host.open('a');
  const embedded = Flow.inside(host);
  await embedded.walkTo('completed', { by: 'upload' });
  await embedded.primary.click();
  const [third] = await host.called('a', 'onComplete');

  const found = await server.inquiries('&filter[reference-id]=user-42');
  assert.equal(found.length, 3);
  assert.equal(found[0].id, third.inquiryId, 'newest first');
  assert.equal(found[2].id, first.id, 'oldest last');
  for (const inquiry of found) {
    assert.equal(inquiry.attributes.status, 'completed');
    assert.equal(inquiry.attributes['reference-id'], 'user-42', 'in its first spelling');
  }
  const accounts = new Set(found.map(({ relationships }) => relationships.account.data.id));
  assert.equal(accounts.size, 1);
  const { data } = await server.api('GET', '/accounts?filter[reference-id]=User-42');
  assert.deepEqual(data.map(({ id }) => id), [...accounts]);
});
