// Writes a picture of every screen to out/, and of the page for webhooks: desktop and phone, light and dark. `npm run pictures`.
import { mkdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { launch, profile } from './harness/browser.mjs';
import { Flow, NAMES, ON_THE_WAY } from './harness/flow.mjs';
import { Inbox } from './harness/inbox.mjs';
import { Server } from './harness/server.mjs';
import { Host, Site } from './harness/site.mjs';

const OUT = fileURLToPath(new URL('out/', import.meta.url));
const DEVICES = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
};

async function walk(context, name, server, site) {
  const page = await context.newPage();
  const flow = new Flow(page);
  let count = 0;
  const shoot = async (what) => {
    count += 1;
    await page.screenshot({ path: `${OUT}${name}-${String(count).padStart(2, '0')}-${what}.png`, animations: 'disabled' });
  };
  const link = (template, query = {}) => server.link({ 'inquiry-template-id': template, 'environment-id': server.sandbox, ...query });

  // A run that fails once and then passes meets nearly every screen.
  await flow.goto(link(server.template, { 'redirect-uri': `${site.url}/done`, 'is-webview': 'true' }));
  await flow.at('start');
  await shoot('start');
  await flow.pressClose();
  await shoot('leave-dialog');
  await flow.stay();
  await flow.simulate('failed');
  for (;;) {
    const kind = await flow.at(...ON_THE_WAY, 'completed');
    if (kind !== 'start') await shoot(kind);
    if (kind === 'completed') break;
    if (kind === 'form') {
      await flow.primary.click();
      await flow.screen.locator('[aria-invalid=true]').first().waitFor();
      await shoot('form-problems');
    }
    if (kind.endsWith('_capture')) {
      await flow.button(NAMES.camera).click();
      await flow.inView('camera');
      await flow.screen.getByRole('button', { name: NAMES.take, disabled: false }).waitFor();
      await shoot(`${kind}-camera`);
      await flow.button(NAMES.take).click();
      await flow.inView('review');
      await shoot(`${kind}-review`);
      await flow.useReviewed();
    }
    if (kind === 'retry') {
      await flow.simulate('passed');
    }
    await flow.advance({ by: 'camera' });
  }

  await flow.goto(link(server.template));
  await flow.at('start');
  await flow.simulate('failed');
  await flow.walkTo('failed', { by: 'upload' });
  await shoot('failed');
  await flow.goto(`${server.url}/verify?code=nosuchcodenosuchcodenosuchcode22`);
  await flow.at('notice');
  await shoot('notice');
  await flow.goto(link(server.formTemplate, { language: 'de' }));
  await flow.at('start');
  await shoot('start-german');

  await page.goto(site.url);
  const host = new Host(page, server);
  await host.create('a', { templateId: server.template });
  await host.called('a', 'onReady');
  await host.open('a');
  await Flow.inside(host).at('start');
  await shoot('embedded');
  return count;
}

/** The page for webhooks, on a server of its own: with nothing on it, in use, with one delivery opened, with a fault. */
async function watch(context, name) {
  const server = await Server.start();
  try {
    const page = await context.newPage();
    const shoot = (what) => page.screenshot({ path: `${OUT}${name}-webhooks-${what}.png`, animations: 'disabled', fullPage: true });
    const inbox = await Inbox.open(page, server);
    await inbox.page.getByText('How to begin').waitFor();
    await shoot('empty');
    await inbox.addReceiver();
    await server.createInquiry({ referenceId: 'user-42' });
    const row = inbox.delivery('inquiry.created');
    await row.getByText('completed', { exact: true }).waitFor();
    await shoot('list');
    await row.locator('summary').first().click();
    await row.getByText('Signature: valid').click();
    await row.getByText(/^Headers/).click();
    await shoot('opened');
    await row.locator('summary').first().click();
    await inbox.answerWith('500, a fault', 5);
    await server.createInquiry({ referenceId: 'user-43' });
    await inbox.deliveries.locator('.state.pending').first().waitFor();
    await inbox.tool('Send a sample');
    await page.getByRole('button', { name: 'Send the sample' }).click();
    await page.getByText(/^Sample did not arrive/).first().waitFor();
    await shoot('fault');
  } finally {
    await server.stop();
  }
}

await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });
const server = await Server.start();
const site = await Site.start();
const browser = await launch();
try {
  for (const [device, options] of Object.entries(DEVICES)) {
    for (const colorScheme of ['light', 'dark']) {
      const context = await profile(browser, { ...options, colorScheme });
      const count = await walk(context, `${device}-${colorScheme}`, server, site);
      await watch(context, `${device}-${colorScheme}`);
      await context.close();
      console.log(`${device}, ${colorScheme}: ${count + 4} pictures`);
    }
  }
} finally {
  await browser.close();
  await site.stop();
  await server.stop();
}
