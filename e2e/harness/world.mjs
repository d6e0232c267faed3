// What a test file needs: one server, one embedding site, one browser; torn down with it.
import { after, before, test } from 'node:test';
import { launch, profile } from './browser.mjs';
import { Flow } from './flow.mjs';
import { Server } from './server.mjs';
import { Host, Site } from './site.mjs';

/** Set up around all tests of the calling file; the fields are there once a test runs. */
export function world(options = {}) {
  const world = { server: null, site: null, browser: null };
  before(async () => {
    world.server = await Server.start(options);
    world.site = await Site.start();
    world.browser = await launch();
  });
  after(async () => {
    await world.browser?.close();
    await world.site?.stop();
    await world.server?.stop();
  });
  return world;
}

/**
 * A test in a fresh profile. It gets `page`, `context`, `flow` (the flow in that page), `host` (the embedding page),
 * and `visitor(options)` for further profiles; no page may throw an error that nobody catches.
 */
export function scenario(world, name, options, body) {
  if (typeof options === 'function') [options, body] = [{}, options];
  test(name, { timeout: options.timeout ?? 120_000 }, async () => {
    const contexts = [];
    const visitor = async (profileOptions = {}) => {
      const context = await profile(world.browser, { ...options.profile, ...profileOptions });
      contexts.push(context);
      const page = await context.newPage();
      return { context, page, flow: new Flow(page), host: new Host(page, world.server) };
    };
    try {
      await body({ ...world, ...(await visitor()), visitor });
      const errors = contexts.flatMap((context) => context.errors);
      if (errors.length > 0) throw new AggregateError(errors, `a page threw: ${errors.map(String).join('; ')}`);
    } finally {
      await Promise.all(contexts.map((context) => context.close()));
    }
  });
}
