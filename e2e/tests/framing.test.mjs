// Who may frame the widget, as a real browser sees it (T8, T9, S2, S3).
import assert from 'node:assert/strict';
import { Flow } from '../harness/flow.mjs';
import { until } from '../harness/server.mjs';
import { Host, SDK_PAGE, Site } from '../harness/site.mjs';
import { scenario, world } from '../harness/world.mjs';

const w = world();
const SHOP = 'https://shop.test';
const OTHER = 'https://other.test';

/** Collects the answers to the widget's address, for their headers. */
function widgetAnswers(page) {
  const answers = [];
  page.on('response', (response) => {
    if (new URL(response.url()).pathname.endsWith('/widget')) answers.push(response);
  });
  return answers;
}

/** Notes the frames that the browser refuses because of what the server answered; call it before they load. */
function refusals(page) {
  const addresses = [];
  page.on('requestfailed', (request) => {
    if (request.failure().errorText === 'net::ERR_BLOCKED_BY_RESPONSE') addresses.push(request.url());
  });
  return () => until('the browser refuses the frame', () => addresses.length > 0);
}

async function assertNothingMade(server, before, host) {
  assert.equal((await server.inquiries()).length, before.length, 'a refused frame makes no inquiry (S3)');
  if (host) assert.deepEqual(await host.calls(), [], 'and the SDK hears nothing');
}

const shopTemplate = (server) => server.copyTemplate('Shop only', ['--allow-domain', 'shop.test']);

scenario(w, 'T8 a page on an allowed domain may embed, also from the sandbox on localhost', async ({ page, context, host, site, server }) => {
  const templateId = await shopTemplate(server);
  await site.appearAt(context, SHOP);
  const answers = widgetAnswers(page);
  await page.goto(`${SHOP}/`);
  await host.create('a', { templateId });
  await host.called('a', 'onReady');
  const headers = answers[0].headers();
  assert.match(headers['content-security-policy'], /frame-ancestors https:\/\/shop\.test(;|$)/);
  assert.equal(headers['x-frame-options'], undefined);

  await page.goto(site.url);
  await host.create('a', { templateId });
  await host.called('a', 'onReady');
});

scenario(w, 'T8 S3 a page on any other domain is refused', async ({ page, context, host, site, server }) => {
  const refused = refusals(page);
  const templateId = await shopTemplate(server);
  const before = await server.inquiries();
  await site.appearAt(context, OTHER);
  const answers = widgetAnswers(page);
  await page.goto(`${OTHER}/`);
  await host.create('a', { templateId });
  await refused();
  assert.equal(answers[0].status(), 200);
  const headers = answers[0].headers();
  assert.match(headers['content-security-policy'], /frame-ancestors 'none'/);
  assert.equal(headers['x-frame-options'].toUpperCase(), 'DENY');
  await assertNothingMade(server, before, host);
});

scenario(w, 'T8 a subdomain of an allowed domain needs an entry of its own', async ({ page, context, host, site, server }) => {
  const refused = refusals(page);
  const templateId = await shopTemplate(server);
  const before = await server.inquiries();
  await site.appearAt(context, 'https://www.shop.test');
  await page.goto('https://www.shop.test/');
  await host.create('a', { templateId });
  await refused();
  await assertNothingMade(server, before, host);
});

scenario(w, 'S2 S3 a forged iframe-origin does not help', async ({ page, context, site, server }) => {
  const refused = refusals(page);
  const templateId = await shopTemplate(server);
  const before = await server.inquiries();
  await site.appearAt(context, OTHER);
  const forged = `${server.url}/widget?client-version=5.9.0&container-id=c1&flow-type=embedded&inquiry-template-id=${templateId}` +
    `&environment-id=${server.sandbox}&iframe-origin=${encodeURIComponent(SHOP)}`;
  site.add('/forged', `<iframe src="${forged.replaceAll('&', '&amp;')}" width="420" height="680" title="flow"></iframe>`);
  await page.goto(`${OTHER}/forged`);
  await refused();
  await assertNothingMade(server, before);
});

scenario(w, 'a hosted link cannot be framed by another site (B405)', async ({ page, context, site, server }) => {
  const refused = refusals(page);
  const before = await server.inquiries();
  await site.appearAt(context, OTHER);
  const link = server.link({ 'inquiry-template-id': server.formTemplate, 'environment-id': server.sandbox });
  site.add('/framed-link', `<iframe src="${link.replaceAll('&', '&amp;')}" width="420" height="680" title="flow"></iframe>`);
  await page.goto(`${OTHER}/framed-link`);
  await refused();
  await assertNothingMade(server, before);
});

scenario(w, 'without a list the declared page may embed, and localhost only in sandbox (B403)', async ({ page, context, host, site, server }) => {
  const refused = refusals(page);
  await site.appearAt(context, SHOP);
  await page.goto(`${SHOP}/`);
  await host.create('a');
  await host.called('a', 'onReady');

  await page.goto(site.url);
  await host.create('a', { environmentId: server.env.SELFSAME_PRODUCTION_ENVIRONMENT_ID });
  await refused();
  assert.deepEqual(await host.calls(), []);
});

scenario(w, 'T9 nested frames need every ancestor declared, and messages go to the target origin', async ({ page, server, site }) => {
  const refused = refusals(page);
  const outer = await Site.start();
  try {
    site.pages.set('/inner', SDK_PAGE);
    await page.goto(outer.add('/outer', `<iframe name="inner" src="${site.url}/inner" width="900" height="700" title="inner"></iframe>`));
    const inner = await until('the inner page', () => page.frame({ name: 'inner' }));
    await inner.waitForFunction(() => window.createClient);
    const host = new Host(inner, server);

    await host.create('undeclared');
    await refused();
    assert.deepEqual(await host.calls(), []);

    await host.create('declared', { frameAncestors: [outer.url], messageTargetOrigin: site.url });
    await host.called('declared', 'onReady');
    await host.open('declared');
    const flow = new Flow(page, page.frameLocator('iframe[name=inner]').locator('iframe.persona-widget__iframe').nth(1).contentFrame());
    await flow.at('start');
    await host.cancel('declared', true);
    await host.called('declared', 'onCancel');

    // The frame works, but its messages are for somebody else's origin.
    await host.create('elsewhere', { frameAncestors: [outer.url], messageTargetOrigin: outer.url });
    const elsewhere = new Flow(page, page.frameLocator('iframe[name=inner]').locator('iframe.persona-widget__iframe').nth(2).contentFrame());
    await host.open('elsewhere');
    await elsewhere.at('start');
    assert.deepEqual(await host.calls('elsewhere'), []);
  } finally {
    await outer.stop();
  }
});
