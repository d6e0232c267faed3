// The flow as a person meets it: screens by their kind, everything on them by role and name.
import assert from 'node:assert/strict';
import { until } from './server.mjs';
import { picture } from './png.mjs';

/** Names of the page's controls, in English. */
export const NAMES = {
  close: /^(close|cancel|leave)$/i,
  leave: /^leave$/i,
  stay: /^keep going$/i,
  pass: /pass verifications/i,
  fail: /fail verifications/i,
  // In the order a person would press them on a screen that takes pictures.
  camera: [/^use (this )?photo/i, /^take photo/i, /^(use|open|start|turn on) (the |your )?camera/i, /^(continue|next|submit|done)/i],
  upload: /upload|choose (a )?(file|photo)/i,
};

/** Kinds that end a run. */
export const TERMINAL = ['completed', 'failed', 'notice'];

const PERSON = {
  'name-first': 'Jane',
  'name-last': 'Doe',
  birthdate: '1990-05-17',
  'email-address': 'jane.doe@example.com',
  'phone-number': '+12125550142',
  'address-street-1': '1 Main Street',
  'address-city': 'Springfield',
  'address-subdivision': 'Illinois',
  'address-postal-code': '62701',
};

/** What to write into a text input, by its key if known, else by its type. */
function valueFor(name, type) {
  const key = name.replaceAll('_', '-');
  if (PERSON[key]) return PERSON[key];
  return { email: 'jane.doe@example.com', tel: '+12125550142', date: '1990-05-17', number: '7' }[type] ?? 'Sample';
}

export class Flow {
  /** @param {import('playwright-core').Page} page @param frame The frame the flow is in; the page itself if hosted. */
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
    return this;
  }

  get screen() {
    return this.frame.locator('[data-screen]');
  }

  get heading() {
    return this.screen.getByRole('heading', { level: 1 });
  }

  button(name) {
    return this.frame.getByRole('button', { name });
  }

  /** Waits for a screen of one of these kinds and answers which it is. */
  async at(...kinds) {
    const wanted = kinds.map((kind) => `[data-screen="${kind}"]`).join(', ');
    const found = this.frame.locator(wanted);
    await found.first().waitFor({ state: 'visible' }).catch(async (error) => {
      throw new Error(`no screen ${kinds.join(' or ')}; ${await this.describe()}\n${error.message}`);
    });
    return found.first().getAttribute('data-screen');
  }

  /** What is on the screen now, for messages. */
  async describe() {
    const kind = await this.screen.first().getAttribute('data-screen', { timeout: 500 }).catch(() => 'none');
    const text = await this.frame.locator('body').innerText({ timeout: 500 }).catch(() => '');
    return `the screen is "${kind}": ${JSON.stringify(text.slice(0, 600))}`;
  }

  /** A mark that is different on every screen, also on the same kind a second time. */
  async mark() {
    return this.screen.first().evaluate((main) => {
      window.screenMarks ??= new WeakMap();
      if (!window.screenMarks.has(main.firstElementChild)) window.screenMarks.set(main.firstElementChild, Math.random());
      return `${main.dataset.screen} ${window.screenMarks.get(main.firstElementChild)}`;
    });
  }

  /** Presses the first of these buttons that is there and can be pressed. */
  async press(...names) {
    const candidates = names.map((name) => this.screen.getByRole('button', { name, disabled: false }));
    await until(`a button ${names.join(' or ')}`, async () => {
      for (const candidate of candidates) {
        for (const button of await candidate.all()) {
          if (await button.isVisible()) {
            await button.click();
            return true;
          }
        }
      }
      return false;
    }).catch(async (error) => {
      throw new Error(`${error.message}; ${await this.describe()}`);
    });
  }

  /** The button that leads on: the last enabled one on the screen which is none of the others. */
  get primary() {
    return this.screen.locator('button[type=submit], button.primary').filter({ visible: true }).last();
  }

  async simulate(outcome) {
    const name = NAMES[outcome === 'failed' ? 'fail' : 'pass'];
    const toggle = this.frame.getByRole('radio', { name }).or(this.frame.getByRole('button', { name }));
    await toggle.first().click();
    await until(`the toggle shows ${outcome}`, () =>
      toggle.first().evaluate((node) => node.checked === true || node.getAttribute('aria-pressed') === 'true' || node.getAttribute('aria-checked') === 'true'));
  }

  /** Fills the form on the screen; `values` wins over what a made-up person would write. */
  async fillForm(values = {}) {
    for (const input of await this.screen.locator('input, select, textarea').all()) {
      const { tag, type, name, value, options } = await input.evaluate((node) => ({
        tag: node.tagName,
        type: node.type,
        name: node.name || node.id,
        value: node.value,
        options: node.options ? [...node.options].map((option) => option.value).filter(Boolean) : [],
      }));
      if (type === 'file' || type === 'hidden') continue;
      const key = Object.keys(values).find((known) => name.replaceAll('_', '-').endsWith(known));
      const wanted = key ? values[key] : null;
      if (type === 'checkbox' || type === 'radio') await input.check();
      else if (tag === 'SELECT') await input.selectOption(wanted ?? (options.includes('US') ? 'US' : options[0]));
      else if (wanted !== null || !value) await input.fill(wanted ?? valueFor(name, type));
    }
  }

  /** Does what the present screen asks for, by camera or by upload, and answers the kind it was. */
  async advance({ by = 'camera', idClass = /passport/i, values } = {}) {
    const kind = await this.screen.first().getAttribute('data-screen');
    const mark = await this.mark();
    if (kind === 'form') await this.fillForm(values);
    if (kind === 'government_id_select') await this.choose(idClass);
    else if (kind.endsWith('_capture')) await this.capture(by, mark);
    else if (kind !== 'processing') await this.primary.click();
    await this.left(mark);
    return kind;
  }

  /** Waits until the screen with this mark is gone. */
  async left(mark) {
    await until('the next screen', async () => (await this.mark().catch(() => mark)) !== mark).catch(async (error) => {
      throw new Error(`${error.message}; ${await this.describe()}`);
    });
  }

  /** Picks an option, as a button of its own or as a radio before "Continue". */
  async choose(name) {
    const option = this.screen.getByRole('radio', { name }).or(this.screen.getByRole('button', { name }));
    await option.first().click();
    if (await option.first().evaluate((node) => node.type === 'radio').catch(() => false)) await this.primary.click();
  }

  /** Takes or uploads every picture that the screen wants. */
  async capture(by, mark) {
    const moved = async () => (await this.mark().catch(() => mark)) !== mark;
    for (let presses = 0; presses < 24 && !(await moved()); presses += 1) {
      if (by === 'upload') await this.uploadOrContinue(picture(), moved);
      else await this.pressOrMoved(NAMES.camera, moved);
    }
    assert.ok(await moved(), `the pictures lead on; ${await this.describe()}`);
  }

  /** Presses the first fitting button, or notices that the screen has moved on by itself. */
  async pressOrMoved(names, moved) {
    const candidates = names.map((name) => this.screen.getByRole('button', { name, disabled: false }));
    await until(`a button ${names.join(' or ')}`, async () => {
      if (await moved()) return true;
      for (const candidate of candidates) {
        for (const button of await candidate.all()) {
          const pressed = await button.click({ timeout: 500 }).then(() => true, () => false);
          if (pressed) return true;
        }
      }
      return false;
    }).catch(async (error) => {
      throw new Error(`${error.message}; ${await this.describe()}`);
    });
  }

  async uploadOrContinue(file, moved) {
    const input = this.screen.locator('input[type=file]').first();
    if ((await input.count()) > 0 && !(await this.screen.getByRole('button', { name: NAMES.camera[0] }).count())) {
      await input.setInputFiles(file);
    }
    await this.pressOrMoved([NAMES.camera[0], NAMES.camera[3]], moved);
  }

  /** Walks on until a screen of one of these kinds; answers the kinds that came before, in order. */
  async walkTo(kinds, options = {}) {
    const wanted = [kinds].flat();
    const passed = [];
    await this.at('start', 'form', 'country_select', 'government_id_select', 'government_id_capture', 'selfie_capture', 'processing', 'retry', ...TERMINAL);
    for (;;) {
      const kind = await this.screen.first().getAttribute('data-screen');
      if (wanted.includes(kind)) return passed;
      assert.ok(!TERMINAL.includes(kind), `wanted ${wanted.join(' or ')}; ${await this.describe()}`);
      assert.ok(passed.length < 80, `still no ${wanted.join(' or ')} after ${passed.join(', ')}`);
      passed.push(await this.advance(options));
    }
  }

  /** The dialog that asks before leaving. */
  get dialog() {
    return this.frame.getByRole('dialog').or(this.frame.getByRole('alertdialog')).filter({ visible: true });
  }

  async pressClose() {
    await this.button(NAMES.close).first().click();
    await this.dialog.waitFor();
  }

  async leave() {
    await this.dialog.getByRole('button', { name: NAMES.leave }).click();
  }

  async stay() {
    await this.dialog.getByRole('button', { name: NAMES.stay }).click();
    await this.dialog.waitFor({ state: 'hidden' });
  }
}
