/** rsync against its own daemon on loopback. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Contender, freePort, runProgram, startServer } from './contender.ts';
import { startSlowLink } from './slow-link.ts';

/** `root`: an empty folder for all of it. */
export async function startRsync(root: string, delayMs: number): Promise<Contender> {
  const local = join(root, 'local');
  const remote = join(root, 'remote');
  for (const folder of [local, remote]) mkdirSync(folder, { recursive: true });
  const config = join(root, 'rsyncd.conf');
  const owner = process.getuid?.() === 0 ? 'uid = root\ngid = root\n' : '';
  writeFileSync(config, `use chroot = no\n${owner}[m]\npath = ${remote}\nread only = no\n`);
  const port = await freePort();
  const daemon = await startServer(
    'rsync',
    ['--daemon', '--no-detach', `--config=${config}`, '--address=127.0.0.1', `--port=${port}`],
    port,
  );
  const link = delayMs > 0 ? await startSlowLink(port, delayMs / 2) : null;
  const far = `rsync://127.0.0.1:${link?.port ?? port}/m/`;
  return {
    name: 'rsync',
    local,
    remote,
    restMs: 1100,
    async sync(direction) {
      const folders = direction === 'up' ? [`${local}/`, far] : [far, `${local}/`];
      const { output, ms } = await runProgram('rsync', [
        '-a',
        '--no-whole-file',
        '--delete',
        '--stats',
        ...folders,
      ]);
      const count = (what: string): number =>
        Number(new RegExp(`Total bytes ${what}: ([\\d,]+)`).exec(output)?.[1]?.replaceAll(',', ''));
      return { ms, bytes: count('sent') + count('received') };
    },
    forget: async () => {},
    async [Symbol.asyncDispose]() {
      await link?.[Symbol.asyncDispose]();
      await daemon[Symbol.asyncDispose]();
    },
  };
}
