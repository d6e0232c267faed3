// Pictures that cannot be used: the page says why in plain words, and nothing done before is lost.
import assert from 'node:assert/strict';
import { picture, png } from '../harness/png.mjs';
import { scenario, world } from '../harness/world.mjs';

const w = world();

const text = Buffer.alloc(20_000, 'This is not a picture. ');
const svg = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg"><script>document.title = 'run'</script>${'<g/>'.repeat(4000)}</svg>`);

const BAD = {
  'a text file that says it is a picture': { name: 'id.png', mimeType: 'image/png', buffer: text },
  'a picture cut off in the middle': { name: 'id.png', mimeType: 'image/png', buffer: png(800, 600).subarray(0, 60_000) },
  'an SVG with a script': { name: 'id.svg', mimeType: 'image/svg+xml', buffer: svg },
  'a plain picture of some hundred bytes': picture('id.png', 300, 300, { noise: false }),
  'a picture of too few pixels': picture('id.png', 150, 150),
  'an empty file': { name: 'id.png', mimeType: 'image/png', buffer: Buffer.alloc(0) },
};

/** What the page says about a problem, once it says something. */
async function complaint(flow) {
  const alert = flow.frame.getByRole('alert').filter({ hasText: /\S/, visible: true });
  await alert.first().waitFor().catch(async (error) => {
    throw new Error(`nothing is said about the file; ${await flow.describe()}\n${error.message}`);
  });
  return alert.first().innerText();
}

scenario(w, 'bad files are refused with a reason, and a good one goes on', { timeout: 180_000 }, async ({ page, flow, server }) => {
  const { id } = await server.createInquiry({ referenceId: 'uploads-1' });
  await flow.goto(server.link({ 'inquiry-id': id }));
  await flow.walkTo('government_id_capture', { values: { 'name-first': 'Jane' } });
  const mark = await flow.mark();
  for (const [what, file] of Object.entries(BAD)) {
    await flow.screen.locator('input[type=file]').first().setInputFiles(file);
    const said = await complaint(flow);
    assert.match(said, /[a-z]{3,} [a-z]{2,}/i, what);
    assert.doesNotMatch(said, /\b(4\d\d|5\d\d)\b|error code|exception|file_[a-z_]+|undefined|null|NaN/i, `${what} is told in plain words`);
    assert.equal(await flow.mark(), mark, `${what}: the screen stays`);
    assert.notEqual(await page.title(), 'run');
  }
  await flow.walkTo('completed', { by: 'upload' });
  const { attributes } = await server.inquiry(id);
  assert.equal(attributes.status, 'completed');
});

scenario(w, 'a bad second side does not lose the first', { timeout: 180_000 }, async ({ flow, server }) => {
  const { id } = await server.createInquiry({ referenceId: 'uploads-2' });
  await flow.goto(server.link({ 'inquiry-id': id }));
  await flow.walkTo('government_id_select');
  await flow.choose(/driver/i);
  await flow.at('government_id_capture');
  const mark = await flow.mark();
  const moved = async () => (await flow.mark().catch(() => mark)) !== mark;
  await flow.uploadOrContinue(picture('front.png'), moved);
  await flow.frame.getByText(/back/i).first().waitFor();
  await flow.screen.locator('input[type=file]').first().setInputFiles(BAD['a text file that says it is a picture']);
  await complaint(flow);
  await flow.uploadOrContinue(picture('back.png'), moved);
  if (!(await moved())) await flow.capture('upload', mark);
  await flow.walkTo('completed', { by: 'upload' });
  const { relationships } = await server.inquiry(id);
  assert.ok(relationships.documents.data.length >= 1);
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
  await context.setOffline(true);
  const mark = await flow.mark();
  const captured = flow.capture('upload', mark);
  captured.catch(() => {});
  await flow.frame.getByText(/connection lost/i).first().waitFor();
  await context.setOffline(false);
  await captured;
  await flow.walkTo('completed', { by: 'upload' });
});
