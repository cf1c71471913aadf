/** The engine of the tests itself: two at once do not meet, a full disk is real, and a run that is killed leaves nothing. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { startImageRegistry } from '../support/docker-engine/image-registry.ts';
import { makeSmallImage } from '../support/docker-engine/small-image.ts';
import { startDockerEngine, whyNoEngine } from '../support/docker-engine/start-docker-engine.ts';
import { connectTo } from '../support/docker-engine/test-engine.ts';
import { errorOf, never } from './docker-engine-support.ts';

describe.skipIf(whyNoEngine() !== null)('an engine of the tests', () => {
  test('two at once have nothing in common, and a full disk is no-space', async () => {
    const registry = await startImageRegistry();
    const [one, two] = await Promise.all([
      startDockerEngine({ images: false }),
      startDockerEngine({ images: false, dataMegabytes: 24 }),
    ]);
    const [first, second] = await Promise.all([connectTo(one.url), connectTo(two.url)]);
    try {
      expect(one.gateway).not.toBe(two.gateway);
      const small = registry.add('small', makeSmallImage([1000]));
      await first.images.pull(small, () => {}, never);
      await errorOf(second.images.inspect(small, never), 'image-missing');
      const large = registry.add('large', makeSmallImage([32 * 1024 * 1024]));
      const error = await errorOf(
        second.images.pull(large, () => {}, never),
        'no-space',
      );
      expect(error.problem.hint).toMatch(/Free space/);
      await second.images.pull(small, () => {}, never);
    } finally {
      first.dispose();
      second.dispose();
      await Promise.all([one.close(), two.close(), registry.close()]);
    }
    expect([existsSync(one.folder), existsSync(two.folder)]).toEqual([false, false]);
  });

  test('whoever started it is killed: no process, mount, bridge or folder of it stays', async () => {
    const source = `
      const { startDockerEngine, plainImage } = await import('./tests/support/docker-engine/start-docker-engine.ts');
      const { connectTo } = await import('./tests/support/docker-engine/test-engine.ts');
      const engine = await startDockerEngine();
      const client = await connectTo(engine.url);
      const spec = { Image: plainImage, Cmd: ['sleep', 'infinity'] };
      const { Id } = await client.containers.create(spec, {}, new AbortController().signal);
      await client.containers.start(Id, new AbortController().signal);
      console.log(JSON.stringify({ folder: engine.folder, gateway: engine.gateway }));
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
      cwd: join(import.meta.dirname, '../..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
    const { folder, gateway } = JSON.parse(value ?? '{}') as { folder: string; gateway: string };
    expect(processesOf(folder).length).toBeGreaterThan(2);
    expect(mountsOf(folder).length).toBeGreaterThan(0);
    expect(addresses()).toContain(gateway);
    child.kill('SIGKILL');
    await expect.poll(() => existsSync(folder), { timeout: 60_000 }).toBe(false);
    await expect.poll(() => processesOf(folder), { timeout: 10_000 }).toEqual([]);
    expect(mountsOf(folder)).toEqual([]);
    expect(addresses()).not.toContain(gateway);
  });
});

function processesOf(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return command.includes(folder) ? [command] : [];
      } catch {
        return []; // it has just ended
      }
    });
}

function mountsOf(folder: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(folder));
}

function addresses(): (string | undefined)[] {
  return Object.values(networkInterfaces()).flatMap((entries) => entries?.map(({ address }) => address));
}
