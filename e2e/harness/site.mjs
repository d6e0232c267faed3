// The site that embeds the flow: an ordinary web server of somebody else's, with the SDKs as npm delivers them.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { until } from './server.mjs';

const require = createRequire(import.meta.url);
const packaged = (path) => {
  const [name, ...rest] = path.split('/');
  let folder = dirname(require.resolve(name));
  while (!folder.endsWith(join('node_modules', name))) folder = dirname(folder);
  return readFileSync(join(folder, ...rest), 'utf8');
};

/** Files of the npm packages, byte for byte. */
const SCRIPTS = new Map([
  ['/persona.js', () => packaged('persona/dist/persona.js')],
  ['/recorder.js', () => RECORDER],
  ['/react.js', reactBundle],
]);

/**
 * React and `persona-react` ship as CommonJS only; a bundler would wrap them as this does. Their text is not touched.
 */
function reactBundle() {
  const modules = {
    react: 'react/cjs/react.production.js',
    'react/jsx-runtime': 'react/cjs/react-jsx-runtime.production.js',
    'react-dom': 'react-dom/cjs/react-dom.production.js',
    'react-dom/client': 'react-dom/cjs/react-dom-client.production.js',
    scheduler: 'scheduler/cjs/scheduler.production.js',
    'persona-react': 'persona-react/dist/persona-react.js',
  };
  const wrapped = Object.entries(modules).map(
    ([name, path]) => `${JSON.stringify(name)}: function (module, exports, require) {\n${packaged(path)}\n}`,
  );
  return `window.require = (() => {
    const sources = {${wrapped.join(',\n')}};
    const loaded = {};
    return function require(name) {
      if (!loaded[name]) {
        loaded[name] = { exports: {} };
        sources[name](loaded[name], loaded[name].exports, require);
      }
      return loaded[name].exports;
    };
  })();`;
}

/** Runs in the embedding page: notes every message and every callback, in order. */
const RECORDER = `
  window.messages = [];
  window.calls = [];
  window.clients = {};
  window.addEventListener('message', (event) => {
    messages.push({ origin: event.origin, data: event.data });
  });
  window.callbacks = (name) => Object.fromEntries(
    ['onLoad', 'onReady', 'onEvent', 'onComplete', 'onCancel', 'onError'].map((callback) =>
      [callback, (...args) => { calls.push({ client: name, callback, args }); }]));
  window.createClient = (name, options) => {
    clients[name] = new Persona.Client({ ...options, ...callbacks(name) });
  };
`;

const page = (body) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"></head>
<body><main><h1>Shop</h1></main>${body}</body></html>`;

/** A page that has the SDK and the recorder, and nothing embedded yet. */
export const SDK_PAGE = page('<script src="/recorder.js"></script><script src="/persona.js"></script>');

/** A page with `persona-react`; `renderInquiry(options)` mounts it. */
const REACT_PAGE = page(`<div id="root" style="width: 420px; height: 680px"></div>
<script src="/recorder.js"></script><script src="/react.js"></script>
<script>
  window.renderInquiry = (options) => {
    const { jsx } = require('react/jsx-runtime');
    const Inquiry = require('persona-react');
    const root = require('react-dom/client').createRoot(document.getElementById('root'));
    root.render(jsx(Inquiry, { ...options, ...callbacks('react') }));
    window.unmountInquiry = () => root.unmount();
  };
</script>`);

/** Answers a path of the site; pages of single tests come from `pages`. */
function answer(path, pages) {
  if (pages.has(path)) return { type: 'text/html; charset=utf-8', body: pages.get(path) };
  if (SCRIPTS.has(path)) return { type: 'text/javascript; charset=utf-8', body: SCRIPTS.get(path)() };
  return null;
}

export class Site {
  static async start() {
    const site = new Site();
    site.requests = [];
    site.pages = new Map([
      ['/', SDK_PAGE],
      ['/react', REACT_PAGE],
      ['/done', page('<p>Thank you</p>')],
    ]);
    site.server = createServer((request, response) => {
      site.requests.push(request.url);
      const found = answer(new URL(request.url, 'http://site').pathname, site.pages);
      response.writeHead(found ? 200 : 404, { 'content-type': found?.type ?? 'text/plain' });
      response.end(found?.body ?? 'not found');
    });
    await new Promise((resolve) => site.server.listen(0, '127.0.0.1', resolve));
    site.url = `http://localhost:${site.server.address().port}`;
    return site;
  }

  /** Adds a page of a test's own and answers its address. */
  add(path, body) {
    this.pages.set(path, page(body));
    return this.url + path;
  }

  /** Lets a browser context see this site at another origin, without DNS and certificates. */
  async appearAt(context, origin) {
    await context.route(`${origin}/**`, (route) => {
      const found = answer(new URL(route.request().url()).pathname, this.pages);
      return route.fulfill({
        status: found ? 200 : 404,
        contentType: found?.type ?? 'text/plain',
        body: found?.body ?? 'not found',
      });
    });
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** The embedding page as a test sees it. */
export class Host {
  constructor(page, server) {
    this.page = page;
    this.server = server;
  }

  /** Makes a client with the sandbox's IDs unless the test gives others; it opens only when told. */
  async create(name, options = {}) {
    const defaults = { host: this.server.host };
    if (!options.inquiryId && !options.templateVersionId) defaults.templateId = this.server.formTemplate;
    if (!options.inquiryId) defaults.environmentId = this.server.sandbox;
    await this.page.evaluate(([name, options]) => createClient(name, options), [name, { ...defaults, ...options }]);
  }

  async open(name) {
    await this.page.evaluate((name) => clients[name].open(), name);
  }

  async cancel(name, force) {
    await this.page.evaluate(([name, force]) => clients[name].cancel(force), [name, force]);
  }

  async calls(name) {
    const calls = await this.page.evaluate(() => calls);
    return name ? calls.filter((call) => call.client === name) : calls;
  }

  async messages() {
    return this.page.evaluate(() => messages);
  }

  /** Waits for a callback of a client; answers its arguments. `event` picks one name of `onEvent`. */
  async called(name, callback, { event, times = 1 } = {}) {
    const matching = async () =>
      (await this.calls(name)).filter((call) => call.callback === callback && (!event || call.args[0] === event));
    const what = `${callback}${event ? `(${event})` : ''} of ${name}`;
    const found = await until(what, async () => {
      const calls = await matching();
      return calls.length >= times && calls;
    }).catch(async (error) => {
      throw new Error(`${error.message}; so far: ${JSON.stringify(await this.calls(name))}`);
    });
    return found[times - 1].args;
  }

  /** Callback names of a client in order, with `onEvent` as the event's own name. */
  async sequence(name) {
    return (await this.calls(name)).map(({ callback, args }) => (callback === 'onEvent' ? args[0] : callback));
  }

  /** The SDK's iframe of a client. */
  iframe(index = 0) {
    return this.page.locator('iframe.persona-widget__iframe').nth(index);
  }
}
