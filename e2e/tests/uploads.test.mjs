// Pictures that cannot be used: the page says why in plain words, and nothing done before is lost.
import assert from 'node:assert/strict';
import { NAMES } from '../harness/flow.mjs';
import { picture, png } from '../harness/png.mjs';
import { scenario, world } from '../harness/world.mjs';

const w = world();

const text = Buffer.alloc(20_000, 'This is not a picture. ');
const svg = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg"><script>document.title = 'run'</script>${'<g/>'.repeat(4000)}</svg>`);

const BAD = {
  'a text file that says it is a picture': { name: 'id.png', mimeType: 'image/png', buffer: text },
  'an SVG with a script': { name: 'id.svg', mimeType: 'image/svg+xml', buffer: svg },
  'a plain picture of some hundred bytes': picture('id.png', 300, 300, { noise: false }),
  'a picture of too few pixels': picture('id.png', 150, 150),
  'an empty file': { name: 'id.png', mimeType: 'image/png', buffer: Buffer.alloc(0) },
};

/** Tries a file that is of no use, to the point where the page says so; answers its words. */
async function refusedFile(flow, file) {
  await flow.upload(file);
  const alert = flow.screen.getByRole('alert').filter({ hasText: /\S/ });
  const review = flow.frame.locator('[data-view=review]');
  await alert.or(review).waitFor();
  // What only the server can tell is looked at first, and refused when it is sent.
  if (await review.count()) await flow.button(NAMES.use).click();
  await alert.waitFor().catch(async (error) => {
    throw new Error(`nothing is said about the file; ${await flow.describe()}\n${error.message}`);
  });
  return alert.innerText();
}

function assertPlainWords(said, what) {
  assert.match(said, /[a-z]{3,} [a-z]{2,} [a-z]{2,}/i, what);
  assert.doesNotMatch(said, /\b[45]\d\d\b|error code|exception|file_|undefined|null|NaN/i, `${what} is told in plain words`);
}

scenario(w, 'bad files are refused with a reason, and a good one goes on', { timeout: 180_000 }, async ({ page, flow, server }) => {
  const { id } = await server.createInquiry({ referenceId: 'uploads-1' });
  await flow.goto(server.link({ 'inquiry-id': id }));
  await flow.walkTo('government_id_capture');
  const mark = await flow.mark();
  for (const [what, file] of Object.entries(BAD)) {
    // The words of the last refusal must not be taken for those of this one.
    await flow.screen.evaluate((main) => main.querySelector('[role=alert]')?.remove());
    assertPlainWords(await refusedFile(flow, file), what);
    assert.equal(await flow.mark(), mark, `${what}: the screen stays`);
    assert.notEqual(await page.title(), 'run');
  }
  await flow.walkTo('completed', { by: 'upload' });
  assert.equal((await server.inquiry(id)).attributes.status, 'completed');
});

scenario(w, 'a bad second side does not lose the first', { timeout: 180_000 }, async ({ flow, server }) => {
  const { id } = await server.createInquiry({ referenceId: 'uploads-2' });
  await flow.goto(server.link({ 'inquiry-id': id }));
  await flow.walkTo('government_id_select');
  await flow.button(/^Driver.s license$/).click();
  await flow.at('government_id_capture');
  const sent = [];
  flow.page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname.endsWith('/flow/v1/files')) sent.push(url.searchParams.get('part'));
  });
  await flow.upload(picture('front.png'));
  await flow.useReviewed();
  assertPlainWords(await refusedFile(flow, BAD['a text file that says it is a picture']), 'a bad second side');
  await flow.upload(picture('back.png'));
  await flow.useReviewed();
  assert.equal(await flow.inView('done'), 'done');
  assert.deepEqual(sent, ['front', 'back', 'back']);
  await flow.walkTo('completed', { by: 'upload' });
});

scenario(w, 'a form that is refused keeps what was typed', async ({ flow, server }) => {
  await flow.goto(server.link({ 'inquiry-template-id': server.formTemplate, 'environment-id': server.sandbox }));
  await flow.walkTo('form');
  const inputs = flow.screen.locator('input');
  await inputs.first().fill('Jane');
  await flow.primary.click();
  await flow.screen.locator('[aria-invalid=true]').first().waitFor();
  assert.equal(await inputs.first().inputValue(), 'Jane');
  await flow.walkTo('completed');
});

scenario(w, 'a lost connection is bridged, and the photo is not taken twice', { timeout: 180_000 }, async ({ context, flow, server }) => {
  const { id } = await server.createInquiry({ referenceId: 'uploads-3' });
  await flow.goto(server.link({ 'inquiry-id': id }));
  await flow.walkTo('government_id_capture');
  await flow.upload(picture());
  await flow.inView('review');
  await context.setOffline(true);
  await flow.button(NAMES.use).click();
  await flow.frame.getByRole('status').getByText(/connection lost/i).waitFor();
  assert.equal(await flow.inView('sending'), 'sending');
  await context.setOffline(false);
  await flow.inView('done');
  await flow.walkTo('completed', { by: 'upload' });
});
