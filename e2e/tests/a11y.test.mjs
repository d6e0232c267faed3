// Everything by keyboard, and nothing serious found by axe on any screen, light or dark (B286).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { NAMES, ON_THE_WAY } from '../harness/flow.mjs';
import { until } from '../harness/server.mjs';
import { picture } from '../harness/png.mjs';
import { scenario, world } from '../harness/world.mjs';

const w = world();
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const templateLink = (server, template, query = {}) =>
  server.link({ 'inquiry-template-id': template, 'environment-id': server.sandbox, ...query });

/** Serious and critical findings on what is shown now. */
async function findings(page) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(' | ')}`);
}

for (const colorScheme of ['light', 'dark']) {
  scenario(w, `axe finds nothing serious on any screen, ${colorScheme}`, { timeout: 240_000, profile: { colorScheme } }, async ({ page, flow, server, visitor }) => {
    const problems = [];
    const seen = new Set();
    const look = async (what, where = page) => {
      seen.add(what.split(' ')[0]);
      problems.push(...(await findings(where)).map((finding) => `${what}: ${finding}`));
    };

    // In a WebView the page has a close button.
    await flow.goto(templateLink(server, server.template, { 'is-webview': 'true' }));
    await flow.at('start');
    await flow.simulate('failed');
    let failedOnce = false;
    for (let steps = 0; steps < 20; steps += 1) {
      const kind = await flow.at(...ON_THE_WAY, 'completed');
      await look(kind);
      if (kind === 'completed') break;
      if (kind === 'start') {
        await flow.pressClose();
        await look('dialog on start');
        await flow.stay();
      }
      if (kind === 'form') {
        await flow.primary.click();
        await flow.screen.locator('[aria-invalid=true]').first().waitFor();
        await look('form with problems');
      }
      if (kind.endsWith('_capture') && failedOnce) {
        await flow.button(NAMES.camera).click();
        await flow.inView('camera');
        await look(`${kind} with the camera on`);
        await flow.button(NAMES.take).click();
        await flow.inView('review');
        await look(`${kind} with a photo to check`);
        await flow.useReviewed();
      }
      if (kind === 'retry') {
        failedOnce = true;
        await flow.simulate('passed');
      }
      await flow.advance({ by: failedOnce ? 'camera' : 'upload' });
    }

    // The failed screen and the notices, each by the shortest way.
    const failing = await visitor();
    await failing.flow.goto(templateLink(server, server.template));
    await failing.flow.at('start');
    await failing.flow.simulate('failed');
    await failing.flow.walkTo('failed', { by: 'upload' });
    await look('failed', failing.page);
    await failing.flow.goto(server.link({ 'inquiry-id': 'inq_nosuchinquiry000000000000000' }));
    await failing.flow.at('notice');
    await look('notice', failing.page);

    for (const kind of ['start', 'form', 'government_id_capture', 'selfie_capture', 'retry', 'completed', 'failed', 'notice']) {
      assert.ok(seen.has(kind), `${kind} was looked at`);
    }
    assert.deepEqual(problems, []);
  });
}

/** Presses Tab until the control with this name has the focus; a person would give up too at some point. */
async function tabTo(page, name) {
  for (let presses = 0; presses < 60; presses += 1) {
    const focused = await page.evaluate(() => (document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText).trim());
    if (focused === name) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`no Tab leads to "${name}"`);
}

/** Tabs to a button and presses it. */
async function pressByKey(page, name) {
  await tabTo(page, name);
  await page.keyboard.press('Enter');
}

/** Takes all pictures of a screen. */
async function captureByKey(page, flow) {
  for (;;) {
    const view = await flow.inView('prompt', 'camera', 'done');
    if (view === 'done') break;
    if (view === 'prompt') {
      await pressByKey(page, NAMES.camera);
      await flow.inView('camera');
    }
    await flow.screen.getByRole('button', { name: NAMES.take, disabled: false }).waitFor();
    await pressByKey(page, NAMES.take);
    await flow.inView('review');
    await pressByKey(page, NAMES.use);
    await flow.inView('prompt', 'camera', 'done');
  }
  await pressByKey(page, (await flow.primary.innerText()).trim());
}

scenario(w, 'the whole flow by keyboard alone, with the focus on each new heading', { timeout: 240_000 }, async ({ page, flow, server }) => {
  await flow.goto(templateLink(server, server.template));
  const kinds = [];
  for (let steps = 0; steps < 20; steps += 1) {
    const kind = await flow.at(...ON_THE_WAY, 'completed');
    kinds.push(kind);
    if (kind === 'completed') break;
    const mark = await flow.mark();
    if (kind !== 'processing' && kinds.length > 1) {
      await until(`the focus on the heading of ${kind}`, () => page.evaluate(() => document.activeElement.matches('h1')));
    }
    if (kind === 'form') {
      for (const input of await flow.screen.locator('input, select').all()) {
        const { type, tag, name, options } = await input.evaluate((node) => ({
          type: node.type,
          tag: node.tagName,
          name: node.name || node.id,
          options: node.options ? [...node.options].map(({ value }) => value) : [],
        }));
        await until(`Tab leads to ${name}`, async () => {
          if (await input.evaluate((node) => node === document.activeElement)) return true;
          await page.keyboard.press('Tab');
          return false;
        });
        if (type === 'checkbox') await page.keyboard.press('Space');
        else if (tag === 'SELECT') await page.keyboard.type(options.includes('US') ? 'United S' : 'A');
        else if (type === 'date') await page.keyboard.type('05171990');
        else await page.keyboard.type(type === 'email' ? 'jane@example.com' : type === 'tel' ? '+12125550142' : 'Jane');
      }
      await page.keyboard.press('Enter');
    } else if (kind.endsWith('_capture')) {
      await captureByKey(page, flow);
    } else if (kind === 'government_id_select') {
      await pressByKey(page, 'Passport');
    } else if (kind !== 'processing') {
      await pressByKey(page, (await flow.primary.innerText()).trim());
    }
    await flow.left(mark);
  }
  assert.equal(kinds.at(-1), 'completed');
});

scenario(w, 'the dialog keeps the focus, and Escape stays', async ({ page, flow, server }) => {
  await flow.goto(templateLink(server, server.formTemplate, { 'is-webview': 'true' }));
  await flow.at('start');
  await pressByKey(page, NAMES.close);
  await flow.dialog.waitFor();
  for (let presses = 0; presses < 6; presses += 1) {
    await page.keyboard.press('Tab');
    const inside = await page.evaluate(() => {
      const node = document.activeElement;
      return Boolean(node.closest('[role=dialog]'));
    });
    assert.ok(inside, 'the focus does not leave the dialog');
  }
  await page.keyboard.press('Escape');
  await flow.dialog.waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), NAMES.close, 'the focus is back where it was');
});

scenario(w, 'a file can be chosen by keyboard', async ({ page, flow, server }) => {
  await flow.goto(templateLink(server, server.template));
  await flow.walkTo('government_id_capture');
  const chooser = page.waitForEvent('filechooser');
  await pressByKey(page, NAMES.upload);
  await (await chooser).setFiles(picture());
  await flow.inView('review');
});

scenario(w, 'every screen fits a phone 320 pixels wide', { profile: { viewport: { width: 320, height: 640 } } }, async ({ page, flow, server }) => {
  await flow.goto(templateLink(server, server.template));
  for (let steps = 0; steps < 20; steps += 1) {
    const kind = await flow.at(...ON_THE_WAY, 'completed');
    const { content, view } = await page.evaluate(() => ({ content: document.documentElement.scrollWidth, view: innerWidth }));
    assert.ok(content <= view, `${kind} is ${content} wide`);
    if (kind === 'completed') break;
    await flow.advance({ by: 'upload' });
  }
});
