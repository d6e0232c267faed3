// The flow as a person meets it: screens by their kind, what is on them by role and name.
import assert from 'node:assert/strict';
import { until } from './server.mjs';
import { picture } from './png.mjs';

/** Names of the page's controls, in English. */
export const NAMES = {
  close: 'Close',
  leave: 'Leave',
  stay: 'Keep going',
  passed: 'Pass verifications',
  failed: 'Fail verifications',
  camera: 'Use camera',
  upload: 'Upload a photo',
  take: 'Take photo',
  use: 'Use this photo',
};

/** Kinds that a run goes through, and those that end it. */
export const ON_THE_WAY = ['start', 'form', 'country_select', 'government_id_select', 'government_id_capture', 'selfie_capture', 'processing', 'retry'];
export const TERMINAL = ['completed', 'failed', 'notice'];

const PERSON = {
  'name-first': 'Jane',
  'name-last': 'Doe',
  birthdate: '1990-05-17',
  'address-street-1': '1 Main Street',
  'address-city': 'Springfield',
  'address-subdivision': 'Illinois',
  'address-postal-code': '62701',
};
const BY_TYPE = { email: 'jane.doe@example.com', tel: '+12125550142', date: '1990-05-17' };

export class Flow {
  /** @param {import('playwright-core').Page} page @param frame The frame that the flow is in; the page itself if hosted. */
  constructor(page, frame = page) {
    this.page = page;
    this.frame = frame;
  }

  /** The flow inside the SDK's iframe. */
  static inside(host, index = 0) {
    return new Flow(host.page, host.iframe(index).contentFrame());
  }

  async goto(url) {
    await this.page.goto(url);
  }

  /** The main element. */
  get screen() {
    return this.frame.locator('[data-screen]');
  }

  get heading() {
    return this.screen.getByRole('heading', { level: 1 });
  }

  /** The button that leads on. */
  get primary() {
    return this.screen.locator('button.button-primary');
  }

  button(name) {
    return this.frame.getByRole('button', { name, exact: true });
  }

  /** Waits for a screen of one of these kinds and answers which it is. */
  async at(...kinds) {
    const found = this.frame.locator(kinds.map((kind) => `[data-screen="${kind}"]`).join(', '));
    await found.waitFor().catch(async (error) => {
      throw new Error(`no screen ${kinds.join(' or ')}; ${await this.describe()}\n${error.message}`);
    });
    return found.getAttribute('data-screen');
  }

  /** Waits for one of the views that a screen which takes pictures has in turn. */
  async inView(...views) {
    const found = this.frame.locator(views.map((view) => `[data-screen][data-view="${view}"]`).join(', '));
    await found.waitFor().catch(async (error) => {
      throw new Error(`no view ${views.join(' or ')}; ${await this.describe()}\n${error.message}`);
    });
    return found.getAttribute('data-view');
  }

  /** What is on the screen now, for messages. */
  async describe() {
    const mark = await this.mark().catch(() => 'no screen');
    const text = await this.frame.locator('body').innerText({ timeout: 1000 }).catch(() => '');
    return `now ${mark}: ${JSON.stringify(text.slice(0, 600))}`;
  }

  /** Kind and step: different on every screen that follows another. */
  async mark() {
    return this.screen.evaluate((main) => `${main.dataset.screen} ${main.dataset.step}`, undefined, { timeout: 2000 });
  }

  /** Waits until the screen with this mark is gone. */
  async left(mark) {
    await until('the next screen', async () => (await this.mark()) !== mark).catch(async (error) => {
      throw new Error(`${error.message}; ${await this.describe()}`);
    });
  }

  /** Moves the sandbox's switch, and waits until the server knows. */
  async simulate(outcome) {
    await Promise.all([
      this.page.waitForResponse((response) => response.url().endsWith('/flow/v1/simulate') && response.ok()),
      this.frame.locator('label', { hasText: NAMES[outcome] }).click(),
    ]);
    assert.ok(await this.frame.getByRole('radio', { name: NAMES[outcome] }).isChecked());
  }

  /** Fills the form on the screen; `values` by key win over what a made-up person would write. */
  async fillForm(values = {}) {
    for (const control of await this.screen.locator('input, select, textarea').all()) {
      const { tag, type, name, value, options } = await control.evaluate((node) => ({
        tag: node.tagName,
        type: node.type,
        name: node.name.replaceAll('_', '-'),
        value: node.value,
        options: node.options ? [...node.options].map((option) => option.value).filter(Boolean) : [],
      }));
      const wanted = values[name];
      if (type === 'checkbox' || type === 'radio') await control.check();
      else if (value && wanted === undefined) continue;
      else if (tag === 'SELECT') await control.selectOption(wanted ?? (options.includes('US') ? 'US' : options[0]));
      else await control.fill(wanted ?? PERSON[name] ?? BY_TYPE[type] ?? 'Sample');
    }
  }

  /** Does what the present screen asks for, by camera or by upload, and answers the kind it was. */
  async advance({ by = 'camera', idClass = 'Passport', values } = {}) {
    const kind = await this.screen.getAttribute('data-screen');
    const mark = await this.mark();
    if (kind === 'form' || kind === 'country_select') await this.fillForm(values);
    if (kind === 'government_id_select') await this.button(idClass).click();
    else if (kind.endsWith('_capture')) await this.capture(by);
    else if (kind !== 'processing') await this.primary.click();
    await this.left(mark);
    return kind;
  }

  /** Takes or uploads every picture that the screen wants, and goes on. */
  async capture(by) {
    for (;;) {
      const view = await this.inView('prompt', 'camera', 'done');
      if (view === 'done') break;
      if (view === 'camera') await this.button(NAMES.take).click();
      else if (by === 'camera') await this.button(NAMES.camera).click();
      else await this.upload(picture());
      if (view === 'prompt' && by === 'camera') await this.inView('camera');
      else await this.useReviewed();
    }
    await this.primary.click();
  }

  /** Chooses a file in the prompt. */
  async upload(file) {
    await this.screen.locator('input[type=file]').setInputFiles(file);
  }

  /** Accepts the photo that is shown, and waits until it is sent. */
  async useReviewed() {
    await this.inView('review');
    await this.button(NAMES.use).click();
    await this.inView('prompt', 'camera', 'done');
  }

  /** Walks on until a screen of one of these kinds; answers the kinds that came before, in order. */
  async walkTo(kinds, options = {}) {
    const wanted = [kinds].flat();
    const passed = [];
    for (;;) {
      const kind = await this.at(...ON_THE_WAY, ...TERMINAL);
      if (wanted.includes(kind)) return passed;
      if (TERMINAL.includes(kind)) assert.fail(`wanted ${wanted.join(' or ')}; ${await this.describe()}`);
      assert.ok(passed.length < 80, `still no ${wanted.join(' or ')} after ${passed.join(', ')}`);
      passed.push(await this.advance(options));
    }
  }

  /** The dialog that asks before leaving. */
  get dialog() {
    return this.frame.getByRole('dialog');
  }

  async pressClose() {
    await this.button(NAMES.close).click();
    await this.dialog.waitFor();
  }

  async leave() {
    await this.dialog.getByRole('button', { name: NAMES.leave, exact: true }).click();
  }

  async stay() {
    await this.dialog.getByRole('button', { name: NAMES.stay, exact: true }).click();
    await this.dialog.waitFor({ state: 'hidden' });
  }
}
