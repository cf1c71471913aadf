/** Links that break: whatever is cut, stalled or spoiled, wherever, output and variables are the same as without it. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { KeptRunner, KeptRunnerOptions } from '../../src-main/runner/kept-runner.ts';
import type { CommandInput } from '../../src-main/runner/request.ts';
import type { OutputEvent } from '../../src-shared/domain/execution.ts';
import { collect, type HostOptions, KeeperHost } from '../support/keeper-host.ts';
import { seededRandom } from '../support/random.ts';
import { CollectingSink, until } from '../support/runner.ts';

const never = new AbortController().signal;
const seed = Number(process.env.SPECBOARD_TEST_SEED ?? Math.floor(Math.random() * 1e9));
const hosts: KeeperHost[] = [];
const runners: KeptRunner[] = [];
function start(
  host: HostOptions = {},
  options: Partial<KeptRunnerOptions> = {},
): { host: KeeperHost; runner: KeptRunner } {
  const made = new KeeperHost(host);
  hosts.push(made);
  // Waits would only make the test longer.
  const runner = made.runner({ random: () => -0.499, ...options });
  runners.push(runner);
  return { host: made, runner };
}
afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.dispose({ leave: false })));
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
});

const lines = 300_000;
/** What `for i in range(lines): print(i)` prints, as a digest. */
function expectedLines(): string {
  const all = Array.from({ length: lines }, (_, i) => `${i}\n`).join('');
  return createHash('sha256').update(all).digest('hex');
}

/** Keeps a digest instead of the bytes. */
class DigestSink {
  readonly types = new Set<OutputEvent['type']>();
  readonly #hash = createHash('sha256');

  write(event: OutputEvent): void {
    this.types.add(event.type);
    if (event.type === 'text') this.#hash.update(event.bytes);
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}

test.each([
  ['pipes', {}, 140, 80_000],
  ['a terminal', { terminal: true }, 60, 200_000],
] as const)(
  `over %s, cut again and again in the middle of anything (seed ${seed}): each byte comes once, each cell runs once`,
  async (_what, options, cuts, spread) => {
    const { host, runner } = start(options);
    const random = seededRandom(seed);
    await runner.ready(never);
    const client = await runner.client(never);
    let breaks = 0;
    runner.onLink((state) => {
      breaks += state === 'down' ? 1 : 0;
    });
    // From some bytes (the handshake is cut, too) to some dozens of frames.
    host.budget = () => Math.floor(random() ** 3 * spread * 4) + 20;
    host.line.budget = 5_000;

    const sink = new DigestSink();
    const code = `for i in range(${lines}): print(i)`;
    const result = await client.execute({ language: 'python', code }, sink, never);
    expect(result.state).toBe('succeeded');
    expect(sink.digest()).toBe(expectedLines());
    expect([...sink.types]).toEqual(['text']);

    const bytes = Buffer.from(Array.from({ length: 500_000 }, () => Math.floor(random() * 256)));
    const binary = await collect(runner, {
      language: 'python',
      code: `import base64, sys\nsys.stdout.buffer.write(base64.b64decode("${bytes.toString('base64')}"));`,
    });
    const got = binary.events.map((event) => (event.type === 'text' ? event.bytes : Buffer.from('?')));
    expect(Buffer.concat(got).equals(bytes)).toBe(true);

    await collect(runner, 'count = 0');
    host.budget = () => Math.floor(random() ** 2 * 3_000) + 20;
    host.line.budget = 100;
    let cells = 0;
    while (breaks < cuts) {
      cells += 1;
      const ran = await collect(runner, `count += 1\nprint("cell", count)\ncount`);
      expect(ran.text).toBe(`cell ${cells}\n`);
      expect(ran.value).toBe(String(cells));
      expect([...new Set(ran.events.map((event) => event.type))]).toEqual(['text', 'rich']);
    }
    host.budget = () => Number.POSITIVE_INFINITY;
    expect((await collect(runner, 'count')).value).toBe(String(cells));
    expect(host.dials).toBeGreaterThan(cuts);
  },
);

test('input of a command arrives whole, whatever is cut on its way', async () => {
  const { host, runner } = start();
  const random = seededRandom(seed);
  const client = await runner.client(never);
  const input = Promise.withResolvers<CommandInput>();
  const sink = new CollectingSink();
  const running = client.execute(
    { language: 'shell', code: 'sha256sum', onInput: input.resolve },
    sink,
    never,
  );
  const into = await input.promise;
  host.budget = () => Math.floor(random() * 300_000) + 20;
  host.line.budget = 10_000;
  const hash = createHash('sha256');
  for (let i = 0; i < 30; i += 1) {
    const piece = Buffer.from(Array.from({ length: 100_000 }, () => Math.floor(random() * 256)));
    hash.update(piece);
    expect(await into.write(piece)).toBe(true);
  }
  await into.end();
  expect((await running).state).toBe('succeeded');
  expect(sink.text().slice(0, 64)).toBe(hash.digest('hex'));
  expect(host.dials).toBeGreaterThan(10);
});

describe('a link', () => {
  test('that only looks alive is found out and replaced', async () => {
    const { host, runner } = start({}, { pingMs: 200, silenceMs: 1_000 });
    await collect(runner, 'x = 1');
    const dials = host.dials;
    host.line.stalled = true;
    expect((await collect(runner, 'x')).value).toBe('1');
    expect(host.dials).toBeGreaterThan(dials);
  });

  test('that is only quiet stays', async () => {
    const { host, runner } = start({}, { pingMs: 100, silenceMs: 1_500 });
    await collect(runner, 'import time');
    const dials = host.dials;
    const ran = await collect(runner, 'time.sleep(3)\n1');
    expect(ran.value).toBe('1');
    expect(host.dials).toBe(dials);
  });

  test.each([
    ['pipes', {}],
    ['a terminal', { terminal: true }],
  ])('over %s onto which somebody else writes is replaced', async (_what, options) => {
    const { host, runner } = start(options);
    await collect(runner, 'x = 1');
    host.line.spoil = Buffer.from('\r\nBroadcast message: \u001e the system goes down\r\n');
    const ran = await collect(runner, 'for i in range(1000): print(i)');
    expect(ran.text).toBe(Array.from({ length: 1000 }, (_, i) => `${i}\n`).join(''));
    expect(host.dials).toBe(2);
  });

  test('that is away while code runs: the code goes on until its credit is used, and waits; nothing is dropped', async () => {
    const { host, runner } = start();
    const { pid } = await runner.ready(never);
    const sink = new CollectingSink();
    const client = await runner.client(never);
    const marker = `/tmp/${host.name}`;
    const code = `import os\nprint("begun", flush=True)\nfor i in range(300): print("x" * 9_999); open("${marker}", "w").write(str(i))\nos.unlink("${marker}")`;
    const running = client.execute({ language: 'python', code }, sink, never);
    await until('it runs', () => sink.text().includes('begun'));
    host.unreachable = new Error('no network');
    host.line.cut();
    const progress = (): string => (existsSync(marker) ? readFileSync(marker, 'utf8') : '');
    await until('it goes on, and waits', async () => {
      const before = progress();
      await delay(300);
      return before !== '' && before === progress();
    });
    expect(Number(progress())).toBeGreaterThan(50);
    expect(Number(progress())).toBeLessThan(299);
    host.unreachable = null;
    expect((await running).state).toBe('succeeded');
    expect(sink.text()).toBe(`begun\n${`${'x'.repeat(9_999)}\n`.repeat(300)}`);
    expect((await runner.ready(never)).pid).toBe(pid);
  });

  test('that is away for longer than a cancel may take: the cancel is done when it is back', async () => {
    const { host, runner } = start({}, { client: { cancelPatienceMs: 200 } });
    await collect(runner, 'kept = 1');
    const client = await runner.client(never);
    const abort = new AbortController();
    const sink = new CollectingSink();
    const code = 'print("busy", flush=True)\nimport time\ntime.sleep(1000)';
    const running = client.execute({ language: 'python', code, graceMs: 100 }, sink, abort.signal);
    await until('it runs', () => sink.text() === 'busy\n');
    const down = Promise.withResolvers<void>();
    runner.onLink((state) => state === 'down' && down.resolve());
    host.unreachable = new Error('no network');
    host.line.cut();
    await down.promise;
    abort.abort();
    await delay(700); // longer than the patience with a runner that could be reached
    host.unreachable = null;
    expect((await running).state).toBe('cancelled');
    expect((await collect(runner, 'kept')).value).toBe('1');
  });

  test('that ends while the runner dies: all that it printed still comes', async () => {
    const { host, runner } = start();
    const { pid } = await runner.ready(never);
    const sink = new CollectingSink();
    const client = await runner.client(never);
    const code =
      'print("begun", flush=True)\nfor i in range(1000): print(i)\nprint("all", flush=True)\nwhile True: pass';
    const running = client.execute({ language: 'python', code }, sink, never);
    await until('it runs', () => sink.text().includes('begun'));
    await until('it printed all', () => sink.text().includes('all'));
    host.unreachable = new Error('no network');
    host.line.cut();
    process.kill(pid, 'SIGKILL');
    await until('the runner is gone', () => !host.processes.includes(pid));
    host.unreachable = null;
    expect(await running).toMatchObject({ state: 'lost', problem: { code: 'kernel-died' } });
    expect(sink.text()).toContain('\n999\nall\n');
  });
});
