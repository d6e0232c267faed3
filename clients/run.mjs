// Starts the real server on a throwaway data folder and lets one program of other people loose on it:
// `node run.mjs document|typed|sync`, with the work folder of this test run in SELFSAME_CLIENTS_OUT.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Server } from '../e2e/harness/server.mjs';
import { things } from './things.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const OUT = resolve(process.env.SELFSAME_CLIENTS_OUT ?? join(HERE, '../target/clients'));
const PYTHON = join(OUT, 'python/bin');
const SEED = '20251208';
/** Which published document the typed client is made from; the server's newest version. */
const PUBLISHED = '2025-12-08.json';

/** Runs a program on our own streams; anything but exit code 0 is an error. */
function run(program, args, { cwd = OUT, env = {} } = {}) {
  return new Promise((done, failed) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } });
    child.once('error', failed);
    child.once('exit', (code, signal) =>
      code === 0 ? done() : failed(new Error(`${program} ${args[0] ?? ''} ended with ${signal ?? code}`)),
    );
  });
}

/** An empty folder for this run. */
function fresh(name) {
  const folder = join(OUT, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Schemathesis: our own documents, held against the server by requests made from them. */
async function document(server) {
  const { ids, key } = await things(server);
  const folder = fresh('document');
  for (const root of ['/api/v1', '/api/selfsame/v1']) {
    const described = `${server.url}${root}/openapi.json`;
    const { paths } = await (await fetch(described)).json();
    const unbuilt = Object.values(paths)
      .flatMap((path) => Object.values(path))
      .filter(({ responses }) => responses[501])
      .map(({ operationId }) => operationId);
    // What answers 501 is left out: the server's own tests ask for each of those.
    const without = unbuilt.length > 0 ? ['--exclude-operation-id-regex', `^(${unbuilt.join('|')})$`] : [];
    await run(
      join(PYTHON, 'schemathesis'),
      [
        '--config-file', join(HERE, 'schemathesis.toml'), 'run', described, '--seed', SEED,
        ...without, ...process.argv.slice(3),
      ],
      {
        cwd: folder,
        env: {
          SCHEMATHESIS_HOOKS: 'hooks',
          PYTHONPATH: HERE,
          PYTHONPYCACHEPREFIX: join(OUT, 'pycache'),
          SELFSAME_KEY: key,
          SELFSAME_IDS: JSON.stringify(ids),
        },
      },
    );
  }
}

/** A TypeScript client that `openapi-ts` makes from the published document; its types are checked as well. */
async function typed(server) {
  const folder = fresh('typed');
  const published = join(process.env.SELFSAME_OPENAPI_DIR ?? join(HERE, '../../shared/openapi'), PUBLISHED);
  let input = resolve(published);
  if (!existsSync(input)) {
    console.log(`no published document at ${input} (SELFSAME_OPENAPI_DIR): the client is made from our own`);
    input = join(folder, 'own.json');
    const answer = await fetch(`${server.url}/api/v1/openapi.json`);
    writeFileSync(input, await answer.text());
  }
  for (const name of ['typed.ts', 'tsconfig.json']) cpSync(join(HERE, name), join(folder, name));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}\n');
  const config = {
    input,
    output: { path: join(folder, 'api'), tsConfigPath: join(folder, 'tsconfig.json') },
    plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
  };
  writeFileSync(join(folder, 'openapi-ts.config.mjs'), `export default ${JSON.stringify(config)};\n`);
  const tool = (path) => join(HERE, 'node_modules', path);
  await run('node', [tool('@hey-api/openapi-ts/bin/index.cjs'), '-f', join(folder, 'openapi-ts.config.mjs')], { cwd: folder });
  const types = ['--typeRoots', tool('@types')];
  await run('node', [tool('typescript/bin/tsc'), '-p', join(folder, 'tsconfig.json'), ...types], { cwd: folder });
  await run('node', [join(folder, 'built/typed.js')], { cwd: folder, env: server.env });
}

/** dlt: a pipeline that copies a REST API into DuckDB, following `links.next`. */
async function sync(server) {
  const folder = fresh('sync');
  await run(join(PYTHON, 'python'), [join(HERE, 'sync.py')], {
    cwd: folder,
    env: {
      ...server.env,
      DLT_DATA_DIR: join(folder, 'dlt'),
      PYTHONPYCACHEPREFIX: join(OUT, 'pycache'),
      RUNTIME__LOG_LEVEL: 'ERROR',
      RUNTIME__DLTHUB_TELEMETRY: 'false',
      RUNTIME__REQUEST_MAX_ATTEMPTS: '1',
    },
  });
}

const programs = { document, typed, sync };
const program = programs[process.argv[2]];
if (!program) throw new Error(`node run.mjs ${Object.keys(programs).join('|')}`);
const server = await Server.start();
try {
  await program(server);
} finally {
  await server.stop();
}
