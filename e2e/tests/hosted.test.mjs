// Hosted links: the whole flow, what comes back by redirect, and which link opens what.
import assert from 'node:assert/strict';
import { until } from '../harness/server.mjs';
import { scenario, world } from '../harness/world.mjs';

const w = world();

const FULL = ['start', 'form', 'government_id_capture', 'selfie_capture'];

const templateLink = (server, query = {}, template = server.template) =>
  server.link({ 'inquiry-template-id': template, 'environment-id': server.sandbox, ...query });

/** Waits for the redirect and answers its parameters. */
async function redirected(page, address) {
  await page.waitForURL((url) => url.href.startsWith(address));
  return new URL(page.url()).searchParams;
}

async function onlyInquiry(server, referenceId) {
  const found = await server.inquiries(`&filter[reference-id]=${encodeURIComponent(referenceId)}`);
  assert.equal(found.length, 1);
  return found[0];
}

scenario(w, 'the full flow passes with the camera', { timeout: 180_000 }, async ({ flow, server }) => {
  await flow.goto(templateLink(server, { 'reference-id': 'camera-1' }));
  const passed = await flow.walkTo('completed', { by: 'camera' });
  for (const kind of FULL) assert.ok(passed.includes(kind), `${kind} in ${passed.join(', ')}`);
  const { attributes, relationships } = await onlyInquiry(server, 'camera-1');
  assert.equal(attributes.status, 'completed');
  assert.equal(attributes.fields['name-first'].value, 'Alexander', 'the simulated person (B263)');
  assert.equal(relationships.verifications.data.length, 2);
});

scenario(w, 'the full flow passes with uploaded files and redirects with the result', { timeout: 180_000 }, async ({ page, flow, site, server }) => {
  const target = `${site.url}/done?keep=1&status=mine#end`;
  await flow.goto(templateLink(server, { 'reference-id': 'Upload 1', 'redirect-uri': target }));
  await flow.walkTo('completed', { by: 'upload' });
  await flow.primary.click();
  const query = await redirected(page, `${site.url}/done`);
  const { id, attributes } = await onlyInquiry(server, 'Upload 1');
  assert.equal(query.get('keep'), '1');
  assert.equal(query.get('inquiry-id'), id);
  assert.equal(query.get('persona-inquiry-id'), id);
  assert.equal(query.get('reference-id'), 'Upload 1');
  assert.deepEqual(query.getAll('status'), ['completed']);
  assert.equal(query.get('fields[name-first][type]'), 'string');
  assert.equal(query.get('fields[name-first][value]'), attributes.fields['name-first'].value);
  assert.equal(query.get('fields[current-government-id][value][type]'), 'Document::GovernmentId');
  assert.match(query.get('fields[current-government-id][value][id]'), /^doc_/);
  assert.ok(!page.url().includes('+'), 'spaces are %20 (B135)');
  assert.equal(new URL(page.url()).hash, '#end');
  assert.ok(site.requests.some((request) => request.startsWith('/done?')));
});

scenario(w, 'five failed attempts end at the failed screen, with a redirect of its own', { timeout: 240_000 }, async ({ page, flow, site, server }) => {
  await flow.goto(templateLink(server, { 'reference-id': 'fail-1', 'redirect-uri': `${site.url}/done` }));
  await flow.at('start');
  await flow.simulate('failed');
  const passed = await flow.walkTo('failed', { by: 'upload' });
  assert.equal(passed.filter((kind) => kind === 'government_id_capture').length, 5);
  assert.equal(passed.filter((kind) => kind === 'retry').length, 4);
  await flow.primary.click();
  const query = await redirected(page, `${site.url}/done`);
  assert.equal(query.get('status'), 'failed');
  assert.equal((await onlyInquiry(server, 'fail-1')).attributes.status, 'failed');
});

scenario(w, 'four failed attempts and a good one complete (F2)', { timeout: 240_000 }, async ({ flow, server }) => {
  await flow.goto(templateLink(server, { 'reference-id': 'fail-4' }));
  await flow.at('start');
  await flow.simulate('failed');
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    await flow.walkTo('retry', { by: 'upload' });
    if (attempt < 4) await flow.advance();
  }
  await flow.simulate('passed');
  await flow.walkTo('completed', { by: 'upload' });
  assert.equal((await onlyInquiry(server, 'fail-4')).attributes.status, 'completed');
});

scenario(w, 'H1 a template link makes an inquiry each time, and one account', async ({ page, flow, server }) => {
  const link = templateLink(server, { 'reference-id': 'twice' }, server.formTemplate);
  await flow.goto(link);
  await flow.at('start');
  await page.goto('about:blank');
  await flow.goto(link);
  await flow.at('start');
  const found = await server.inquiries('&filter[reference-id]=twice');
  assert.equal(found.length, 2);
  assert.equal(new Set(found.map(({ relationships }) => relationships.account.data.id)).size, 1);
});

scenario(w, 'H2 H3 H4 a pending inquiry is closed to a stranger, open to a token and to a one-time link', { timeout: 180_000 }, async ({ page, flow, server, visitor }) => {
  const { id } = await server.createInquiry({ referenceId: 'resume-1' });
  const link = server.link({ 'inquiry-id': id });
  await flow.goto(link);
  await flow.walkTo('selfie_capture', { by: 'upload' });
  assert.equal((await server.inquiry(id)).attributes.status, 'pending');

  // The same tab still holds its token.
  await page.reload();
  assert.equal(await flow.at('selfie_capture', 'notice'), 'selfie_capture');

  // H2: a fresh profile does not.
  const stranger = await visitor();
  await stranger.flow.goto(link);
  await stranger.flow.at('notice');
  assert.match(await stranger.flow.screen.innerText(), /session expired/i);

  // H3: with a token it opens, and the token does not stay in sight.
  const { meta } = await server.api('POST', `/inquiries/${id}/resume`);
  const token = meta['session-token'];
  assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
  const guest = await visitor();
  await guest.flow.goto(server.link({ 'inquiry-id': id, 'session-token': token }));
  await guest.flow.at('selfie_capture');
  assert.ok(!guest.page.url().includes('session-token') && !guest.page.url().includes(token), guest.page.url());
  assert.equal(await guest.page.evaluate(() => document.cookie), '');

  // H4: looking at a one-time link does not use it up; opening it does, with a grace of minutes.
  const made = await server.api('POST', `/inquiries/${id}/generate-one-time-link`);
  const once = made.meta['one-time-link'];
  for (const method of ['HEAD', 'GET', 'GET']) assert.equal((await fetch(once, { method })).status, 200, method);
  for (const _ of ['first', 'within the grace']) {
    const opener = await visitor();
    await opener.flow.goto(once);
    await opener.flow.at('selfie_capture');
    assert.ok(!opener.page.url().includes('code='), opener.page.url());
  }
  await guest.flow.walkTo('completed', { by: 'upload' });
  assert.equal((await server.inquiry(id)).attributes.status, 'completed');
});

scenario(w, 'a one-time link with an unknown code and a link to nothing are not valid', async ({ flow, server }) => {
  await flow.goto(`${server.url}/verify?code=nosuchcodenosuchcodenosuchcode22`);
  await flow.at('notice');
  await flow.goto(server.link({ 'inquiry-id': 'inq_nosuchinquiry000000000000000' }));
  await flow.at('notice');
  await flow.goto(templateLink(server, { 'account-id': 'act_1', 'reference-id': 'x' }));
  await flow.at('notice');
});

scenario(w, 'a finished inquiry shows that it is finished and no decision (B117)', async ({ flow, server, visitor }) => {
  const { id } = await server.createInquiry({ template: server.formTemplate });
  await flow.goto(server.link({ 'inquiry-id': id }));
  await flow.walkTo('completed');
  await server.api('POST', `/inquiries/${id}/decline`, {});
  const other = await visitor();
  await other.flow.goto(server.link({ 'inquiry-id': id }));
  await other.flow.at('notice');
  assert.doesNotMatch(await other.flow.screen.innerText(), /declin/i);
});

scenario(w, 'an expired inquiry says so', async ({ flow, server }) => {
  const { id } = await server.createInquiry({ template: server.formTemplate });
  await server.api('POST', `/inquiries/${id}/expire`);
  await flow.goto(server.link({ 'inquiry-id': id }));
  await flow.at('notice');
  assert.match(await flow.screen.innerText(), /expired/i);
});

scenario(w, 'H6 a redirect to a domain that is not on the list is refused', async ({ flow, site, server }) => {
  const template = await server.copyTemplate('Redirects', ['--allow-domain', 'shop.test']);
  for (const target of [`${site.url.replace('localhost', '127.0.0.1')}/done`, 'https://evil.test/', 'myapp://done']) {
    await flow.goto(templateLink(server, { 'redirect-uri': target }, template));
    await flow.walkTo('completed');
    assert.equal(await flow.primary.count(), 0, `no button to ${target}`);
  }
});

scenario(w, 'H6 a redirect never runs a script', async ({ page, flow, server }) => {
  for (const target of ['javascript:document.title="run"', 'data:text/html,run', 'vbscript:run', 'JavaScript:document.title="run"']) {
    await flow.goto(templateLink(server, { 'redirect-uri': target }, server.formTemplate));
    await flow.walkTo('completed');
    assert.equal(await flow.primary.count(), 0, `no button to ${target}`);
    assert.notEqual(await page.title(), 'run');
  }
});

scenario(w, 'a template with a redirect of its own uses it', async ({ page, flow, site, server }) => {
  const template = await server.copyTemplate('Own redirect', ['--redirect-uri', `${site.url}/done`]);
  await flow.goto(templateLink(server, {}, template));
  await flow.walkTo('completed');
  await flow.primary.click();
  const query = await redirected(page, `${site.url}/done`);
  assert.equal(query.get('status'), 'completed');
  assert.equal(query.get('reference-id'), '');
});

scenario(w, 'H9 a template that blocks client-side creation makes nothing', async ({ flow, server }) => {
  const blocked = await server.copyTemplate('Blocked', ['--block-client-creation', 'true']);
  const before = await server.inquiries();
  await flow.goto(templateLink(server, {}, blocked));
  await flow.at('notice');
  assert.equal((await server.inquiries()).length, before.length);
});

/** How light the page is behind everything, from 0 to 1. */
const lightness = (page) =>
  page.evaluate(() => {
    const transparent = (color) => color === 'transparent' || /,\s*0\)$/.test(color);
    const node = [document.querySelector('[data-screen]'), document.body, document.documentElement]
      .find((node) => node && !transparent(getComputedStyle(node).backgroundColor));
    const canvas = document.createElement('canvas').getContext('2d');
    canvas.fillStyle = node ? getComputedStyle(node).backgroundColor : 'white';
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
    return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
  });

scenario(w, 'style-variant decides, else the device (B31)', async ({ server, visitor }) => {
  for (const [colorScheme, variant, dark] of [
    ['light', 'dark', true],
    ['dark', 'light', false],
    ['dark', undefined, true],
    ['light', undefined, false],
  ]) {
    const { page, flow } = await visitor({ colorScheme });
    await flow.goto(templateLink(server, { 'style-variant': variant }, server.formTemplate));
    await flow.at('start');
    const found = await lightness(page);
    assert.ok(dark ? found < 0.25 : found > 0.75, `device ${colorScheme}, style-variant ${variant}: lightness ${found}`);
  }
});

scenario(w, 'language=de speaks German, and English can be had again', async ({ page, flow, server }) => {
  await flow.goto(templateLink(server, {}, server.formTemplate));
  await flow.at('start');
  const english = await flow.heading.innerText();
  await flow.goto(templateLink(server, { language: 'de' }, server.formTemplate));
  await flow.at('start');
  const german = await flow.heading.innerText();
  assert.notEqual(german, english);
  assert.match(await page.evaluate(() => document.documentElement.lang), /^de/);
  await flow.frame.getByRole('combobox').selectOption('en-US');
  await until('English again', async () => (await flow.heading.innerText()) === english);
  assert.match(await page.evaluate(() => document.documentElement.lang), /^en/);
});

scenario(w, 'H8 in a WebView, completing and cancelling both redirect', async ({ page, context, flow, site, server }) => {
  await site.appearAt(context, 'https://personacallback');
  const webview = (query) => templateLink(server, { 'is-webview': 'true', 'reference-id': 'app-1', ...query }, server.formTemplate);

  await flow.goto(webview({}));
  await flow.walkTo('completed');
  await flow.primary.click();
  const finished = await redirected(page, 'https://personacallback/');
  assert.match(finished.get('inquiry-id'), /^inq_/);
  assert.equal(finished.get('persona-inquiry-id'), finished.get('inquiry-id'));
  assert.equal(finished.get('status'), 'completed');
  assert.equal(finished.get('reference-id'), 'app-1');

  for (const [query, target] of [
    [{}, 'https://personacallback/'],
    [{ 'redirect-uri': `${site.url}/done` }, `${site.url}/done`],
  ]) {
    await flow.goto(webview(query));
    await flow.at('start');
    await flow.pressClose();
    await flow.leave();
    const cancelled = await redirected(page, target);
    assert.match(cancelled.get('persona-inquiry-id'), /^inq_/);
    assert.equal(cancelled.get('inquiry-id'), null);
    assert.equal(cancelled.get('status'), null);
    assert.equal(cancelled.get('reference-id'), 'app-1');
  }
});

scenario(w, 'a stale tab reads the present step again (B155)', async ({ flow, server, visitor }) => {
  const { id, meta } = await server.createInquiry({ template: server.formTemplate, meta: { 'auto-create-inquiry-session': true } });
  const link = server.link({ 'inquiry-id': id, 'session-token': meta['session-token'] });
  await flow.goto(link);
  await flow.at('start');
  const other = await visitor();
  await other.flow.goto(link);
  await other.flow.walkTo('form');
  await flow.primary.click();
  await flow.at('form');
  await flow.walkTo('completed');
});
