/** Unison against its own server on loopback; its bytes are counted on the way. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Contender, freePort, runProgram, startServer } from './contender.ts';
import { startSlowLink } from './slow-link.ts';

/** `root`: an empty folder for all of it. */
export async function startUnison(root: string, delayMs: number): Promise<Contender> {
  const local = join(root, 'local');
  const remote = join(root, 'remote');
  const [near, far] = [join(root, 'state-near'), join(root, 'state-far')];
  for (const folder of [local, remote, near, far]) mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const server = await startServer('unison', ['-socket', String(port), '-listen', '127.0.0.1'], port, {
    UNISON: far,
  });
  const link = await startSlowLink(port, delayMs / 2);
  const options = [
    '-ui',
    'text',
    '-batch',
    '-auto',
    '-silent',
    '-times',
    '-confirmbigdel=false',
    '-fastcheck',
    'true',
  ];
  return {
    name: 'Unison',
    local,
    remote,
    restMs: 1100,
    async sync() {
      const before = link.sent + link.received;
      const { ms } = await runProgram(
        'unison',
        [local, `socket://127.0.0.1:${link.port}/${remote}`, ...options],
        {
          UNISON: near,
        },
      );
      return { ms, bytes: link.sent + link.received - before };
    },
    async forget() {
      for (const folder of [near, far]) {
        rmSync(folder, { recursive: true, force: true });
        mkdirSync(folder);
      }
    },
    async [Symbol.asyncDispose]() {
      await link[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
