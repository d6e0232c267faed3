// The whole flow, embedded and hosted, from a server below a path prefix (T14).
import assert from 'node:assert/strict';
import { Flow } from '../harness/flow.mjs';
import { scenario, world } from '../harness/world.mjs';

const w = world({ basePath: '/base' });

scenario(w, 'T14 the SDK with a host that has a path', async ({ page, host, site, server }) => {
  assert.match(server.host, /^localhost:\d+\/base$/);
  await page.goto(site.url);
  await page.evaluate((host) => Persona.Client.preload(host), server.host);
  await host.create('a', { templateId: server.template, referenceId: 'below' });
  await host.called('a', 'onReady');
  await host.open('a');
  const flow = Flow.inside(host);
  await flow.walkTo('completed', { by: 'upload' });
  await flow.primary.click();
  const [{ status }] = await host.called('a', 'onComplete');
  assert.equal(status, 'completed');
});

scenario(w, 'T14 a hosted link and a one-time link carry the prefix', async ({ page, flow, server, visitor }) => {
  await flow.goto(server.link({ 'inquiry-template-id': server.formTemplate, 'environment-id': server.sandbox }));
  await flow.walkTo('completed');
  assert.ok(page.url().startsWith(`${server.url}/verify`));

  const { meta } = await server.createInquiry({ template: server.formTemplate, meta: { 'auto-create-one-time-link': true } });
  assert.ok(meta['one-time-link'].startsWith(`${server.url}/verify?code=`), meta['one-time-link']);
  const other = await visitor();
  await other.flow.goto(meta['one-time-link']);
  await other.flow.at('start');
});
