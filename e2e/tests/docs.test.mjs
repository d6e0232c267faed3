// The documentation as a page: below a path too, by keyboard, light and dark, wide and narrow (C134).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { scenario, world } from '../harness/world.mjs';

const w = world({ basePath: '/base' });
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const panel = (page, summary) => page.locator('details', { has: page.locator('summary', { hasText: summary }) });

for (const colorScheme of ['light', 'dark']) {
  scenario(w, `axe finds nothing on the documentation, ${colorScheme}`, { profile: { colorScheme } }, async ({ page, server }) => {
    await page.goto(`${server.url}/docs`);
    await panel(page, 'Create an inquiry').first().locator('summary').click();
    await panel(page, 'Create a case').first().locator('summary').click();
    await page.evaluate(AXE);
    const found = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
    assert.deepEqual(found.violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), []);
  });
}

scenario(w, 'C134 the operations of our own have a page like it, and each leads to the other', async ({ page, server }) => {
  await page.goto(`${server.url}/docs`);
  await page.getByRole('link', { name: "Selfsame's own operations" }).click();
  await page.getByRole('heading', { level: 1, name: "Selfsame's own operations" }).waitFor();
  for (const summary of ['Send events again', 'List the events after a number']) {
    await panel(page, summary).first().locator('summary').click();
  }
  await page.locator('[id="list-events-after-a-sequence"]').getByText('event.read').waitFor();
  await page.evaluate(AXE);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
  assert.deepEqual(found.violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), []);
  await page.getByRole('link', { name: 'Selfsame Server API' }).click();
  await page.getByRole('heading', { level: 1, name: 'Selfsame Server API' }).waitFor();
});

scenario(w, 'C134 a link to an operation opens it, and one in it leads on to the object it is about', async ({ page, server }) => {
  await page.goto(`${server.url}/docs#create-an-inquiry`);
  await page.getByText('one-time-link-expiration-seconds').waitFor();
  const operation = page.locator('details[open]');
  assert.equal(await operation.count(), 1);
  await operation.getByRole('link', { name: 'inquiry', exact: true }).click();
  await page.locator('[id="schema-inquiry"]').getByText('marked-for-review-at').waitFor();
});

scenario(w, 'C134 an operation opens by keyboard', async ({ page, server }) => {
  await page.goto(`${server.url}/docs`);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.innerText), 'Skip to the operations');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('details[open]').getByText('Needs the permission').waitFor();
});

scenario(w, 'C134 a narrow screen scrolls in one direction only', { profile: { viewport: { width: 320, height: 640 } } }, async ({ page, server }) => {
  await page.goto(`${server.url}/docs#update-an-account`);
  await page.locator('details[open]').first().waitFor();
  const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  assert.ok(content <= screen, `${content} on ${screen}`);
});
