/** Slow readers and writers: neither side of a kept pipe grows without limit. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { KeptPipe } from '../../src-main/runner/kept-pipe.ts';
import type { KeptRunner } from '../../src-main/runner/kept-runner.ts';
import { KeeperHost } from '../support/keeper-host.ts';
import { memoryKiB, until } from '../support/runner.ts';

const never = new AbortController().signal;
const mebibyte = 1024 * 1024;
const hosts: KeeperHost[] = [];
const runners: KeptRunner[] = [];
function newHost(): KeeperHost {
  const host = new KeeperHost();
  hosts.push(host);
  return host;
}
afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.dispose({ leave: false })));
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
});

/** Resolves once `value` has stayed the same for a while. */
async function settled(what: string, value: () => number): Promise<number> {
  return until(what, async () => {
    const before = value();
    await delay(400);
    return before > 0 && before === value() ? before : false;
  });
}

test('a sink that stands still stops the code; the keeper stays small, and all comes in the end', async () => {
  const host = newHost();
  const runner = host.runner();
  runners.push(runner);
  const folder = mkdtempSync(join(tmpdir(), 'keeper-'));
  const marker = join(folder, 'written');
  const { pid } = await runner.ready(never);
  const keeper = await host.keeperPid(pid);
  const client = await runner.client(never);
  const before = memoryKiB(keeper, 'VmRSS');
  const gate = Promise.withResolvers<void>();
  let bytes = 0;
  const running = client.execute(
    {
      language: 'python',
      code: `block = "x" * ${mebibyte - 1}
for i in range(100):
  print(block)
  open("${marker}", "w").write(str(i + 1))`,
    },
    {
      write: async (event) => {
        await gate.promise;
        if (event.type === 'text') bytes += event.bytes.length;
      },
    },
    never,
  );
  const written = await settled('the code waits', () => {
    try {
      return Number(readFileSync(marker, 'utf8'));
    } catch {
      return 0;
    }
  });
  expect(written).toBeLessThan(10);
  gate.resolve();
  expect((await running).state).toBe('succeeded');
  expect(bytes).toBe(100 * mebibyte);
  expect(memoryKiB(keeper, 'VmHWM') - before).toBeLessThan(24 * 1024);
  rmSync(folder, { recursive: true });
});

test('a reader that stands still: what waits is bounded by the window here and by the ring in the keeper', async () => {
  const host = newHost();
  const pipe = new KeptPipe({
    mode: 'start',
    dial: host.dial,
    diagnose: async () => null,
    windowBytes: mebibyte,
  });
  // Granted more than it can send: only the keeper holds it back.
  const run = {
    op: 'run',
    id: 'big',
    code: `for i in range(40): print("x" * ${mebibyte - 1})`,
    window: 64 * mebibyte,
  };
  await pipe.write(Buffer.from(`${JSON.stringify(run)}\n`));
  const came = await settled('the keeper waits', () => (host.dials ? host.line.passed : 0));
  expect(came).toBeLessThan(1.2 * mebibyte);
  const runnerPid = host.processes.find((pid) => memoryKiB(pid, 'VmRSS') > 0);
  expect(runnerPid).toBeDefined();
  for (const pid of host.processes) expect(memoryKiB(pid, 'VmRSS')).toBeLessThan(64 * 1024);
  let bytes = 0;
  let tail = '';
  for await (const chunk of pipe.readable) {
    bytes += chunk.length;
    tail = (tail + Buffer.from(chunk).toString()).slice(-300);
    if (tail.includes('"ev":"done"')) break;
  }
  expect(bytes).toBeGreaterThan(40 * mebibyte);
  await pipe.close();
  await until('nothing is left', () => host.processes.length === 0);
});

test('a writer waits while there is no room, also over a broken link, and goes on when there is', async () => {
  const host = newHost();
  const pipe = new KeptPipe({
    mode: 'start',
    dial: host.dial,
    diagnose: async () => null,
    random: () => -0.4,
  });
  void (async () => {
    for await (const _chunk of pipe.readable); // nobody wants it
  })();
  await until('the link is there', () => host.dials === 1 && host.line.passed > 200);
  host.unreachable = new Error('no network');
  host.line.cut();
  const piece = Buffer.alloc(mebibyte, 0x20);
  let written = 0;
  const writing = (async () => {
    for (let i = 0; i < 30; i += 1) {
      await pipe.write(piece);
      written += 1;
    }
    await pipe.write(Buffer.from('\n'));
  })();
  const count = await settled('the writer waits', () => written);
  expect(count).toBe(8);
  host.unreachable = null;
  await writing;
  await pipe.close();
  await until('nothing is left', () => host.processes.length === 0);
});
