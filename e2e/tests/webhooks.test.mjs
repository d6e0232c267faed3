// The page on which developers watch webhooks: its receiver, faults, samples; by keyboard, light and dark, wide and narrow
// (WD1–WD10).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { until } from '../harness/server.mjs';
import { Inbox } from '../harness/inbox.mjs';
import { scenario, world } from '../harness/world.mjs';

const w = world({ basePath: '/base' });
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function findings(page) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0].html} ${nodes[0].failureSummary}`);
}

async function isNarrow(page) {
  const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  assert.ok(content <= screen, `${content} on ${screen}`);
}

scenario(w, 'WD3 an inquiry made over the API arrives, and its signature is valid', async ({ page, server }) => {
  const inbox = await Inbox.open(page, server);
  await inbox.addReceiver();
  const inquiry = await server.createInquiry({ referenceId: 'inbox-1' });
  const row = inbox.delivery('inquiry.created');
  await row.getByText('completed').waitFor();
  await row.locator('summary').first().click();
  await row.getByText('Signature: valid').waitFor();
  await row.getByText(inquiry.id).first().waitFor();
  await row.getByText('As the built-in receiver got it').waitFor();
});

scenario(w, 'WD7 a fault leaves a delivery pending with its next attempt, and a hand sends it', async ({ page, server }) => {
  const inbox = await Inbox.open(page, server);
  await inbox.addReceiver();
  await inbox.answerWith('500, a fault', 1);
  await server.api('POST', '/accounts', { data: { attributes: { 'reference-id': 'inbox-2' } } });
  const row = inbox.delivery('account.created');
  await row.getByText('pending', { exact: true }).waitFor();
  await row.getByText('1 attempt, 7 left, last 500').waitFor();
  await row.getByText(/next .* in \d s/).waitFor();
  await row.locator('summary').first().click();
  await row.getByRole('button', { name: 'Deliver now' }).click();
  await row.getByText('completed', { exact: true }).waitFor();
  await row.getByText('2 attempts, last 200').waitFor();
  await inbox.received.getByText('again: first was request 1').waitFor();
  await row.getByRole('button', { name: 'Send again' }).click();
  await inbox.received.getByText('request 3').waitFor();
});

scenario(w, 'a row that was opened stays the same while the page renews itself', async ({ page, server }) => {
  const inbox = await Inbox.open(page, server);
  await inbox.addReceiver();
  await server.api('POST', '/accounts', { data: { attributes: { 'reference-id': 'inbox-3' } } });
  const row = inbox.delivery('account.created');
  await row.locator('summary').first().click();
  const headers = row.getByText(/^Headers/);
  await headers.click();
  await row.evaluate((node) => (node.marked = true));
  await server.api('POST', '/accounts', { data: { attributes: { 'reference-id': 'inbox-4' } } });
  await until('the second delivery', async () => (await inbox.deliveries.locator('.row').count()) === 2);
  const open = inbox.deliveries.locator('.row[open]');
  assert.equal(await open.evaluate((node) => node.marked), true);
  assert.equal(await open.locator('[data-part=headers]').evaluate((node) => node.open), true);
  assert.equal(await page.evaluate(() => document.activeElement.closest('[data-part]').dataset.part), 'headers');
});

scenario(w, 'WD9 a sample is sent, and an event is simulated', async ({ page, server }) => {
  const inbox = await Inbox.open(page, server);
  await inbox.addReceiver();
  await inbox.tool('Send a sample');
  await page.getByLabel('Event', { exact: true }).selectOption('inquiry.approved');
  await page.getByRole('button', { name: 'Send the sample' }).click();
  await page.getByText(/^Sample arrived: 200 in/).first().waitFor();
  await inbox.received.getByText('inquiry.approved').waitFor();

  await server.api('POST', '/accounts', { data: { attributes: { 'reference-id': 'inbox-5' } } });
  const { data } = await server.api('GET', '/events?page[size]=1');
  await inbox.tool('Would it be delivered?');
  await page.getByLabel('Event ID').fill(data[0].id);
  await page.getByRole('button', { name: 'Find out' }).click();
  await page.getByText('Yes. This would be sent:').waitFor();
  await page.getByLabel('Event ID').fill('evt_nosuchevent');
  await page.getByRole('button', { name: 'Find out' }).click();
  await page.getByText('meta.event_id is not found').waitFor();
});

scenario(w, 'what was sent can be copied as curl, and the receiver takes it', { profile: { permissions: ['clipboard-read', 'clipboard-write'] } }, async ({ page, server }) => {
  const inbox = await Inbox.open(page, server);
  await inbox.addReceiver();
  await server.api('POST', '/accounts', { data: { attributes: { 'reference-id': 'inbox-6' } } });
  const row = inbox.delivery('account.created');
  await row.locator('summary').first().click();
  await row.getByRole('button', { name: 'Copy as curl' }).click();
  await page.getByText('Copied.').waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(execFileSync('sh', ['-c', copied], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }), /^HTTP\/1.1 200/);
  const again = inbox.received.locator('.row', { hasText: 'again: first was request 1' });
  await again.locator('summary').first().click();
  await again.getByText('Signature: valid').waitFor();

  await row.getByLabel('Signed for').selectOption('10 minutes ago (too old)');
  await row.getByRole('button', { name: 'Copy as curl' }).click();
  const old = await until('the other command', async () => {
    const text = await page.evaluate(() => navigator.clipboard.readText());
    return text !== copied && text;
  });
  execFileSync('sh', ['-c', old], { stdio: 'ignore' });
  const stale = inbox.received.locator('.row', { hasText: 'request 3' });
  await stale.locator('summary').first().click();
  await stale.getByText('Signature: not valid').waitFor();
  await stale.getByText(/t is 6\d\d s ago/).waitFor();
});

scenario(w, 'WD7 an answer that comes too late, and none at all, are told in words', async ({ page, server }) => {
  const inbox = await Inbox.open(page, server);
  await inbox.addReceiver();
  for (const [reply, word] of [['nothing, and hangs up', 'reset'], ['200 after 6 s, too late', 'timeout']]) {
    await inbox.answerWith(reply, 1);
    await server.api('POST', '/accounts', { data: { attributes: {} } });
    await inbox.delivery('account.created').getByText(`last ${word}`).waitFor();
  }
});

scenario(w, 'WD2 a page from elsewhere cannot make the calls', async ({ page, server, site }) => {
  await page.goto(site.url);
  const answers = await page.evaluate(async (url) => {
    const status = async (path, init) => (await fetch(`${url}/webhooks/${path}`, init).catch(() => ({ status: 0 }))).status;
    return [await status('overview'), await status('in/x', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })];
  }, server.url);
  assert.deepEqual(answers, [0, 0]);
});

for (const colorScheme of ['light', 'dark']) {
  scenario(w, `axe finds nothing on the page for webhooks, ${colorScheme}`, { profile: { colorScheme } }, async ({ page, server }) => {
    const problems = [];
    const inbox = await Inbox.open(page, server);
    problems.push(...(await findings(page)));
    await inbox.addReceiver();
    await inbox.answerWith('500, a fault', 1);
    problems.push(...(await findings(page)));
    await server.api('POST', '/accounts', { data: { attributes: {} } });
    const row = inbox.delivery('account.created');
    await row.getByText('pending', { exact: true }).waitFor();
    await row.locator('summary').first().click();
    await row.getByText(/^Signature:/).click();
    await row.getByText(/^Headers/).click();
    for (const name of ['Send a sample', 'Replay', 'Would it be delivered?']) await inbox.tool(name);
    problems.push(...(await findings(page)));
    assert.deepEqual(problems, []);
  });
}

/** Presses Tab until the control with this name has the focus. */
async function tabTo(page, name) {
  for (let presses = 0; presses < 80; presses += 1) {
    const focused = await page.evaluate(() => document.activeElement.innerText.trim());
    if (name instanceof RegExp ? name.test(focused) : focused === name) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`no Tab leads to "${name}"`);
}

scenario(w, 'everything by keyboard: a receiver, a delivery opened, a sample', async ({ page, server }) => {
  const inbox = await Inbox.open(page, server);
  await tabTo(page, 'Add the built-in receiver');
  await inbox.addReceiver(() => page.keyboard.press('Enter'));
  await server.api('POST', '/accounts', { data: { attributes: {} } });
  await inbox.delivery('account.created').getByText('completed', { exact: true }).waitFor();
  await tabTo(page, 'Send a sample');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Send the sample');
  await page.keyboard.press('Enter');
  await page.getByText(/^Sample arrived/).first().waitFor();
  await tabTo(page, /account\.created/);
  await page.keyboard.press('Enter');
  await tabTo(page, 'Send again');
  await page.keyboard.press('Enter');
  await inbox.received.getByText(/^again: first/).waitFor();
});

scenario(w, 'a narrow screen scrolls in one direction only', { profile: { viewport: { width: 320, height: 640 } } }, async ({ page, server }) => {
  const inbox = await Inbox.open(page, server);
  await inbox.addReceiver();
  await inbox.answerWith('nothing, and hangs up', 1);
  await server.api('POST', '/accounts', { data: { attributes: {} } });
  const row = inbox.delivery('account.created');
  await row.getByText('pending', { exact: true }).waitFor();
  await row.locator('summary').first().click();
  await row.getByText(/^Signature:/).click();
  await row.getByText(/^Headers/).click();
  for (const name of ['Send a sample', 'Replay', 'Would it be delivered?']) await inbox.tool(name);
  await isNarrow(page);
});
