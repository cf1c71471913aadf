/** The Daytona driver at work: Python, shell, files, terminals, readings, ports, and what it asks of Daytona meanwhile. */
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { DaytonaSession } from '../../src-main/drivers/daytona/session.ts';
import type { DriverFiles } from '../../src-main/drivers/driver.ts';
import {
  abortOnOutput,
  bytesOf,
  type Kit,
  never,
  problemOf,
  startKit,
  streamOf,
} from './daytona-driver-support.ts';

let kit: Kit;
let session: DaytonaSession;
let files: DriverFiles<DaytonaSession>;
beforeAll(async () => {
  kit = await startKit({}, { call: 5000 });
  session = await kit.connect({ packages: 'never' });
  if (!kit.driver.files) throw new Error('no files');
  files = kit.driver.files;
});
afterEach(() => kit.server.faults.clear());
afterAll(() => kit.stop());

const TOOLBOX = { plane: 'toolbox' } as const;
const shell = (code: string) => kit.run(session, code, { language: 'shell' });
/** More than what is carried by the runner's own link. */
const large = Buffer.alloc(3_000_000, 'a line that repeats\n');
const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('code', () => {
  test('values, errors, exit codes, both streams; a missing package is named', async () => {
    await kit.run(session, 'x = 20');
    expect((await kit.run(session, 'x + 1')).value).toBe('21');
    const failed = await kit.run(session, '1/0');
    expect(failed.result).toMatchObject({ state: 'failed', error: { name: 'ZeroDivisionError' } });
    expect(await shell('echo out; echo err >&2; exit 4')).toMatchObject({
      stdout: 'out\n',
      stderr: 'err\n',
      result: { state: 'failed', exitCode: 4 },
    });
    const missing = await kit.run(session, 'import not_there_at_all_1');
    expect(missing.result.error).toMatchObject({ module: 'not_there_at_all_1' });
  });

  test('a cancel ends the process group and keeps variables; a deadline is told as one', async () => {
    await kit.run(session, 'kept = 5');
    const one = abortOnOutput();
    const cancelled = await kit.run(session, 'import time\nprint("on", flush=True)\ntime.sleep(100)', one);
    expect(cancelled.result.state).toBe('cancelled');
    expect((await kit.run(session, 'kept')).value).toBe('5');
    const two = abortOnOutput(new DOMException('too long', 'TimeoutError'));
    const ended = await kit.run(session, 'setsid sleep 987 & echo on; wait', { language: 'shell', ...two });
    expect(ended.result.state).toBe('timed-out');
    expect((await shell('pgrep -f "^sleep 987" | wc -l')).stdout.trim()).toBe('0');
  });

  test('a fresh Python on request', async () => {
    await kit.run(session, 'forgotten = 1');
    await kit.driver.resetKernel?.(session, never);
    expect((await kit.run(session, '"forgotten" in globals()')).value).toBe('False');
  });

  test('no socket for events is opened, no telemetry is sent', async () => {
    expect(kit.server.listeners).toBe(0);
    const { entries } = kit.server.requests;
    expect(entries.filter(({ plane }) => plane === 'events')).toEqual([]);
    expect(entries.filter(({ headers }) => 'traceparent' in headers)).toEqual([]);
  });
});

describe('files', () => {
  test('small ones and large ones, up and down, with any name', async () => {
    for (const [name, bytes] of [
      ['small "q"\n.txt', Buffer.from('hällo')],
      ['-large ü "q"\n.bin', large],
    ] as const) {
      const entry = await files.write(session, name, streamOf(bytes), never);
      expect(entry).toMatchObject({ type: 'file', size: bytes.length });
      expect(hash(await bytesOf(await files.read(session, name, never)))).toBe(hash(bytes));
    }
    expect((await shell(`ls ${session.folder}`)).stdout).toBe('keeper.py\nrunner.py\n');
  });

  test('a tree goes up and comes down in one call', async () => {
    await files.write(session, 'tree/a/large.bin', streamOf(large), never);
    await files.write(session, 'tree/b.txt', streamOf('b'), never);
    const tar = await bytesOf(await files.pack(session, 'tree', ['.'], never));
    kit.server.requests.clear();
    await files.unpack(session, 'copy', streamOf(tar), never);
    expect(kit.server.requests.find('POST', '/files/bulk-upload')).toHaveLength(1);
    expect((await shell('diff -r tree copy && echo same')).stdout).toBe('same\n');
  });

  test('a transfer that breaks leaves nothing behind, and says so', async () => {
    await files.write(session, 'whole.bin', streamOf(large), never);
    const upload = { ...TOOLBOX, path: '/files/bulk-upload' };
    const cases = [
      [{ kind: 'drop' }, /unreachable/],
      [{ kind: 'reply', status: 507, message: 'no space left on device' }, /no-space/],
      [{ kind: 'reply', status: 403, message: 'denied', code: 'FILE_ACCESS_DENIED' }, /forbidden/],
      [{ kind: 'rate-limit', retryAfterS: 3 }, /rate-limited/],
    ] as const;
    for (const [effect, code] of cases) {
      kit.server.faults.add({ match: upload, effect });
      const problem = await problemOf(
        files.write(session, 'whole.bin', streamOf(Buffer.alloc(1_000_000)), never),
      );
      expect(problem.code).toMatch(code);
    }
    const download = { ...TOOLBOX, path: '/files/download' };
    kit.server.faults.add({ match: download, effect: { kind: 'cut-after-bytes', bytes: 500_000 } });
    const broken = files.read(session, 'whole.bin', never).then(bytesOf);
    expect((await problemOf(broken)).code).toBe('unreachable');
    expect(hash(await bytesOf(await files.read(session, 'whole.bin', never)))).toBe(hash(large));
    expect((await shell(`ls ${session.folder}`)).stdout).toBe('keeper.py\nrunner.py\n');
  });

  test('a transfer that stands still ends, both ways; a slow reader does not count', async () => {
    const quick = kit.other({ timings: { call: 5000, silence: 400 } });
    const visitor = await quick.attach?.(kit.request(), { sandboxId: session.sandboxId }, never);
    if (!visitor || !quick.files) throw new Error('attach is missing');
    try {
      await quick.files.write(visitor, 'still.bin', streamOf(large), never);
      const slow = (await quick.files.read(visitor, 'still.bin', never))[Symbol.asyncIterator]();
      const first = await slow.next();
      // Meanwhile nobody reads on: that is not Daytona's doing.
      for (const path of ['/files/bulk-upload', '/files/download']) {
        kit.server.faults.add({ match: { ...TOOLBOX, path }, effect: { kind: 'delay', ms: 3000 } });
        const work = path.endsWith('upload')
          ? quick.files.write(visitor, 'still.bin', streamOf(large), never)
          : quick.files.read(visitor, 'still.bin', never).then(bytesOf);
        expect((await problemOf(work)).message).toContain('stood still');
      }
      let size = first.done ? 0 : first.value.length;
      for (let next = await slow.next(); !next.done; next = await slow.next()) size += next.value.length;
      expect(size).toBe(large.length);
    } finally {
      await quick.disconnect(visitor, { keep: 'leave' }, never);
    }
  });

  test('an abort in the middle gives back control at once, both ways', async () => {
    const controller = new AbortController();
    const endless = async function* () {
      for (let n = 0; ; n++) {
        if (n === 40) controller.abort();
        yield Buffer.alloc(65_536);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const up = files.write(session, 'never.bin', endless(), controller.signal);
    expect((await problemOf(up)).code).toBe('cancelled');
    expect((await problemOf(files.stat(session, 'never.bin', never))).code).toBe('not-found');
    await files.write(session, 'large.bin', streamOf(large), never);
    const other = new AbortController();
    const reading = await files.read(session, 'large.bin', other.signal);
    const down = (async () => {
      for await (const _ of reading) other.abort();
    })();
    expect((await problemOf(down)).code).toBe('cancelled');
  });

  test('what is missing, a folder, and nonsense are told apart', async () => {
    expect((await problemOf(files.read(session, 'nope', never))).code).toBe('not-found');
    await files.makeDir(session, 'folder', never);
    expect((await problemOf(files.write(session, 'folder', streamOf(large), never))).code).toMatch(
      /conflict|invalid/,
    );
    expect((await problemOf(files.write(session, 'a\0b', streamOf(large), never))).code).toBe('invalid');
  });
});

describe('terminals, readings and ports', () => {
  test('a terminal works, and an open one is use', async () => {
    const terminal = await kit.driver.openTerminal?.(session, { cols: 90, rows: 20 }, { cwd: '/tmp' }, never);
    if (!terminal) throw new Error('no terminal');
    await terminal.write(Buffer.from('stty size; pwd; exit 6\r'));
    const said = (await bytesOf(terminal.output)).toString();
    expect(said).toMatch(/20 90\r\n\/tmp\r\n/);
    expect(await terminal.ended).toEqual({ exitCode: 6 });
  });

  test('readings come from Daytona, processes from the runner, and looking is not use', async () => {
    const view = () => kit.server.sandboxes().find(({ id }) => id === session.sandboxId);
    const sample = await kit.driver.metrics?.(session, never);
    expect(sample).toMatchObject({ cpuCount: 1, memoryTotal: 1024 ** 3 });
    expect(sample?.processes).toBeGreaterThan(0);
    const [asked] = kit.server.requests.find('GET', '/system/metrics');
    expect(asked?.headers['x-daytona-skip-last-activity-update']).toBe('true');
    expect(view()?.state).toBe('started');
  });

  test('a Daytona without readings: what the runner knows is shown', async () => {
    const match = { ...TOOLBOX, path: '/system/metrics' };
    kit.server.faults.add({ match, effect: { kind: 'reply', status: 404, message: 'no route' } });
    const sample = await kit.driver.metrics?.(session, never);
    expect(sample).toMatchObject({ cpuCount: null, memoryTotal: null, diskUsed: null });
    expect(sample?.memoryUsed).toBeGreaterThan(1_000_000);
  });

  test('a port has an address that carries its key, and one where nothing listens has none', async () => {
    const free = await problemOf(kit.driver.portAddress?.(session, 9, never) ?? Promise.resolve());
    expect(free.code).toBe('not-found');
    const port = await kit.run(
      session,
      'import http.server, threading\nserver = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)\nthreading.Thread(target=server.serve_forever, daemon=True).start()\nserver.server_port',
    );
    await files.write(session, 'page.txt', streamOf('from inside'), never);
    const address = await kit.driver.portAddress?.(session, Number(port.value), never);
    expect(address?.note).toContain('one hour');
    expect(await (await fetch(`${address?.url}/page.txt`)).text()).toBe('from inside');
    const match = { plane: 'control', path: /signed-preview-url$/ } as const;
    kit.server.faults.add({ match, effect: { kind: 'reply', status: 404, message: 'Cannot GET' } });
    const plain = await kit.driver.portAddress?.(session, Number(port.value), never);
    expect(plain?.note).toContain('signed in');
  });
});

describe('the account', () => {
  test('snapshots to offer, sandboxes to see, and a test of the profile piece by piece', async () => {
    expect(await kit.driver.suggest?.(kit.account(), 'snapshot', never)).toContain('daytona-small');
    expect(await kit.driver.suggest?.(kit.account(), 'image', never)).toEqual([]);
    expect(await kit.driver.list?.(kit.account(), never)).toMatchObject([
      { sandboxId: session.sandboxId, state: 'running', installationId: 'installation-1' },
    ]);
    const good = await kit.driver.probe(kit.account({ snapshot: 'daytona-small' }), never);
    expect(good).toMatchObject({
      ok: true,
      parts: [{ name: 'Service' }, { name: 'Sandboxes' }, { name: 'Snapshot' }],
    });
    const bad = await kit.driver.probe(kit.account({ snapshot: 'nope' }), never);
    expect(bad).toMatchObject({ ok: false, message: expect.stringContaining('"nope"') });
    const wrong = { ...kit.account(), credentials: { apiKey: 'dtn_wrong_99' } };
    expect(await kit.driver.probe(wrong, never)).toMatchObject({
      ok: false,
      parts: [{ name: 'Service', ok: false }],
    });
    expect(await kit.driver.probe({ ...kit.account(), credentials: {} }, never)).toMatchObject({ ok: false });
  });
});
