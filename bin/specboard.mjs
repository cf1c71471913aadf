#!/usr/bin/env node
// `specboard` from a checkout: makes sure that Node 24 runs it and that it is built, then hands over to dist/main/cli.js.
// SpecBoard's native parts crash older Nodes, so the pinned one in node_modules takes over there (docs/decisions).
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = join(root, 'dist/main/cli.js');
const pinned = join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');

if (Number(process.versions.node.split('.')[0]) < 24) {
  if (!existsSync(pinned)) {
    console.error('specboard needs Node 24. In the checkout, run: npm ci');
    process.exit(3);
  }
  const child = spawn(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  // The terminal sends Ctrl-C to both processes; the child decides what it means.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  }
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
} else {
  if (!existsSync(cli)) {
    const built = spawnSync(process.execPath, [join(root, 'tools/build.ts')], { stdio: ['ignore', 2, 2] });
    if (built.status !== 0) process.exit(3);
  }
  await import(new URL('../dist/main/cli.js', import.meta.url));
}
