// Runs the real server binary on a throwaway data folder and speaks its Server API.
import { execFile, spawn } from 'node:child_process';
import { setDefaultResultOrder } from 'node:dns';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import assert from 'node:assert/strict';

// `localhost` is 127.0.0.1 first, also where Node would try ::1.
setDefaultResultOrder('ipv4first');

export const BINARY = process.env.SELFSAME_BIN ?? fileURLToPath(new URL('../../target/debug/selfsame', import.meta.url));
const READY_WITHIN_MS = 30_000;
const GONE_WITHIN_MS = 15_000;

export async function freePort() {
  const probe = createServer();
  await new Promise((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Waits until `look` answers something truthy; the bound is an error, not a result. */
export async function until(what, look, withinMs = 15_000) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function parseEnv(text) {
  const lines = text.split('\n').filter((line) => line.includes('=') && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')).trim(), line.slice(line.indexOf('=') + 1).trim()]));
}

export class Server {
  /** @param {{basePath?: string}} options */
  static async start({ basePath = '' } = {}) {
    if (!existsSync(BINARY)) throw new Error(`no server binary at ${BINARY}: build it with cargo or set SELFSAME_BIN`);
    const server = new Server();
    server.port = await freePort();
    server.basePath = basePath;
    server.data = await mkdtemp(join(tmpdir(), 'selfsame-e2e-'));
    server.log = '';
    const args = ['dev', '--port', String(server.port), '--data', server.data];
    if (basePath) args.push('--base-path', basePath);
    server.process = spawn(BINARY, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [server.process.stdout, server.process.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => (server.log += chunk));
    }
    server.exited = new Promise((resolve, reject) => {
      server.process.once('error', reject);
      server.process.once('exit', (code, signal) => resolve(code ?? signal));
    });
    server.exited.then((code) => (server.exit = code), (error) => (server.exit = error));
    const origin = `http://localhost:${server.port}`;
    await until('the server is ready', async () => {
      if (server.exit !== undefined) throw new Error(`the server ended at once (${server.exit}):\n${server.log}`);
      const answer = await fetch(`${origin}${basePath}/readyz`).catch(() => null);
      return answer?.ok && existsSync(join(server.data, 'dev.env'));
    }, READY_WITHIN_MS);
    server.env = parseEnv(readFileSync(join(server.data, 'dev.env'), 'utf8'));
    server.origin = origin;
    server.url = server.env.SELFSAME_URL.replace(/\/$/, '');
    /** What an integrator writes into the SDK's `host` option. */
    server.host = server.url.replace(/^http:\/\//, '');
    return server;
  }

  get template() {
    return this.env.SELFSAME_TEMPLATE_ID;
  }

  get formTemplate() {
    return this.env.SELFSAME_FORM_TEMPLATE_ID;
  }

  get sandbox() {
    return this.env.SELFSAME_SANDBOX_ENVIRONMENT_ID;
  }

  /** One Server API call; anything but 2xx is an error. */
  async api(method, path, body, { production = false } = {}) {
    const key = production ? this.env.SELFSAME_PRODUCTION_API_KEY : this.env.SELFSAME_SANDBOX_API_KEY;
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        accept: 'application/json',
        'key-inflection': 'kebab',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path} answered ${answer.status}: ${text}`);
    return text ? JSON.parse(text) : null;
  }

  async inquiry(id, options) {
    return (await this.api('GET', `/inquiries/${id}`, undefined, options)).data;
  }

  /** Every inquiry of the environment, newest first. */
  async inquiries(filter = '', options) {
    return (await this.api('GET', `/inquiries?page[size]=100${filter}`, undefined, options)).data;
  }

  async createInquiry({ template = this.template, referenceId, meta = {}, production, ...attributes } = {}) {
    const document = await this.api(
      'POST',
      '/inquiries',
      {
        data: { attributes: { 'inquiry-template-id': template, ...attributes } },
        meta: { ...(referenceId ? { 'auto-create-account-reference-id': referenceId } : {}), ...meta },
      },
      { production },
    );
    return { ...document.data, meta: document.meta };
  }

  /** A hosted link; `query` holds values, or nested objects for `fields`. */
  link(query) {
    const pairs = [];
    const add = (key, value) => {
      if (value && typeof value === 'object') Object.entries(value).forEach(([k, v]) => add(`${key}[${k}]`, v));
      else if (value !== undefined) pairs.push(`${encodeURIComponent(key)}=${encodeURIComponent(value)}`);
    };
    Object.entries(query).forEach(([key, value]) => add(key, value));
    return `${this.url}/verify?${pairs.join('&')}`;
  }

  /** Runs the command-line tool on this server's data folder and answers what it prints. */
  async cli(...args) {
    const { stdout } = await promisify(execFile)(BINARY, [...args, '--data', this.data]);
    return stdout.trim();
  }

  /** A copy of a template with settings of its own, so that tests do not disturb each other. */
  async copyTemplate(name, settings = [], from = this.formTemplate) {
    const id = await this.cli('template', 'copy', from, '--name', name);
    assert.match(id, /^itmpl_\w+$/, 'template copy prints the new ID');
    if (settings.length > 0) await this.cli('template', 'set', id, ...settings);
    return id;
  }

  /** Ends the server as an operator would; it must end cleanly and must never have panicked. */
  async stop() {
    try {
      if (this.exit === undefined) this.process.kill('SIGTERM');
      await until('the server ends after SIGTERM', () => this.exit !== undefined, GONE_WITHIN_MS);
      assert.equal(this.exit, 0, `exit code of the server, which said:\n${this.log.slice(-4000)}`);
      assert.ok(!this.log.includes('panicked'), `the server panicked:\n${this.log}`);
    } finally {
      if (this.exit === undefined) this.process.kill('SIGKILL');
      await rm(this.data, { recursive: true, force: true });
    }
  }
}
