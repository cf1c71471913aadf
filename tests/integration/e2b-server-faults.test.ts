// The faults that the E2B test server can be told to show, as the real SDK experiences them.

import type { SandboxOpts } from '@e2b/code-interpreter';
import {
  AuthenticationError,
  RateLimitError,
  Sandbox,
  SandboxError,
  TimeoutError,
} from '@e2b/code-interpreter';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type E2bServer, startE2bServer } from '../support/e2b-server/server.ts';
import { eventually, rejection, runSettled, sdkOptions, startCell } from '../support/e2b-server/testing.ts';

let server: E2bServer;

beforeEach(async () => {
  server = await startE2bServer({ executeKeepaliveMs: 30, rpcKeepaliveMs: 30 });
});

afterEach(() => server.close());

const create = (options: Partial<SandboxOpts> = {}) => Sandbox.create({ ...sdkOptions(server), ...options });
/**
 * A create whose client hangs up once the server has the request. Not by the SDK's own time limit: its signal is held weakly,
 * and after a garbage collection the limit never comes (src-main/drivers/e2b/abort.ts).
 */
const abandonedCreate = async (options: Partial<SandboxOpts> = {}): Promise<void> => {
  const client = new AbortController();
  create({ ...options, signal: client.signal }).catch(() => {}); // nobody waits for it any more
  await eventually('the request', () => server.requests.find('POST', '/v2/sandboxes').length > 0);
  client.abort();
};
const CREATE = { method: 'POST', path: '/v2/sandboxes' } as const;

describe('replies', () => {
  it('answers once with a status, then works again', async () => {
    for (const [status, name] of [
      [401, 'AuthenticationError'],
      [404, 'SandboxError'],
      [409, 'SandboxError'],
      [500, 'SandboxError'],
      [503, 'ServiceBusyError'],
    ] as const) {
      server.faults.add({ match: CREATE, effect: { kind: 'reply', status, message: 'on purpose' } });
      const error = await rejection(create());
      expect([status, error.name]).toEqual([status, name]);
      expect(error.message).toContain('on purpose');
    }
    expect(server.sandboxes()).toEqual([]);
    expect(server.faults.pending).toBe(0);
    await create();
    expect(server.sandboxes()).toHaveLength(1);
  });

  it('has both kinds of 429: the SDK tries again only when told when', async () => {
    server.faults.add({ match: CREATE, effect: { kind: 'reply', status: 429, retryAfterS: 0 }, times: 2 });
    await create();
    expect(server.requests.find('POST', '/v2/sandboxes').map(({ status }) => status)).toEqual([
      429, 429, 201,
    ]);
    server.requests.clear();
    server.faults.add({ match: CREATE, effect: { kind: 'quota', limit: 20 } });
    const error = await rejection(create());
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error.message).toContain('maximum number of concurrent E2B sandboxes (20)');
    expect(server.requests.find('POST', '/v2/sandboxes')).toHaveLength(1);
  });

  it('flaps with 502: the sandbox looks gone and comes back', async () => {
    const sandbox = await create();
    const forget = server.faults.add({
      match: { sandboxId: sandbox.sandboxId },
      effect: { kind: 'reply', status: 502, message: 'The sandbox was not found' },
      times: Number.POSITIVE_INFINITY,
    });
    expect(await sandbox.isRunning()).toBe(false);
    expect(await rejection(sandbox.runCode('1'))).toBeInstanceOf(TimeoutError);
    expect((await sandbox.getInfo()).state).toBe('running');
    forget();
    expect((await sandbox.runCode('1')).text).toBe('1');
  });

  it('counts requests and matches by plane, path pattern and sandbox', async () => {
    const [sandbox, other] = [await create(), await create()];
    server.faults.add({
      match: { plane: 'envd', path: /^\/process/, sandboxId: sandbox.sandboxId },
      effect: { kind: 'reply', status: 401 },
      skip: 1,
    });
    expect((await other.commands.run('echo a')).stdout).toBe('a\n');
    expect((await sandbox.commands.run('echo b')).stdout).toBe('b\n');
    expect((await sandbox.runCode('1')).text).toBe('1');
    expect(await rejection(sandbox.commands.run('echo c'))).toBeInstanceOf(AuthenticationError);
    expect((await sandbox.commands.run('echo d')).stdout).toBe('d\n');
  });
});

describe('lost answers', () => {
  it('creates a sandbox whose id the client never learns; it is found by its nonce', async () => {
    const lost = [
      { kind: 'no-answer', connect: abandonedCreate },
      { kind: 'drop-answer', connect: (options: Partial<SandboxOpts>) => rejection(create(options)) },
    ] as const;
    for (const { kind, connect } of lost) {
      const nonce = `nonce-${kind}`;
      server.faults.add({ match: CREATE, effect: { kind } });
      await connect({ metadata: { nonce } });
      const query = { metadata: { nonce } };
      const strays = await eventually('the stray', async () => {
        const found = await Sandbox.list({ ...sdkOptions(server), query }).nextItems();
        return found.length > 0 ? found : undefined;
      });
      expect(strays).toHaveLength(1);
      expect(await Sandbox.kill(strays[0]?.sandboxId ?? '', sdkOptions(server))).toBe(true);
    }
    expect(server.sandboxes()).toEqual([]);
  });

  it('goes on with a slow create after the client gave up', async () => {
    server.faults.add({ match: CREATE, effect: { kind: 'delay-headers', ms: 600 } });
    await abandonedCreate();
    expect(server.sandboxes()).toEqual([]);
    await eventually('the stray', () => server.sandboxes().length === 1);
  });

  it('drops a connection before any work', async () => {
    server.faults.add({ match: CREATE, effect: { kind: 'drop' } });
    await rejection(create());
    expect(server.sandboxes()).toEqual([]);
  });

  it('ends a sandbox from outside', async () => {
    const sandbox = await create();
    const { done } = await startCell(server, () =>
      rejection(sandbox.runCode('import time; time.sleep(1000)')),
    );
    expect(server.kill(sandbox.sandboxId)).toBe(true);
    expect(await done).toBeInstanceOf(TimeoutError);
    expect(await sandbox.isRunning()).toBe(false);
    expect(server.kill(sandbox.sandboxId)).toBe(false);
  });
});

describe('streams', () => {
  const raw = (sandbox: Sandbox, code: string) =>
    fetch(`${server.url}/execute`, {
      method: 'POST',
      headers: { 'e2b-sandbox-id': sandbox.sandboxId, 'e2b-sandbox-port': '49999' },
      body: JSON.stringify({ code }),
    });

  it('cuts a cell after bytes, in the middle of a line', async () => {
    const sandbox = await create();
    server.faults.add({ match: { path: '/execute' }, effect: { kind: 'cut-after-bytes', bytes: 70 } });
    const answer = await raw(sandbox, 'print("x" * 1000)');
    let got = 0;
    await rejection(
      (async () => {
        for await (const chunk of answer.body ?? []) got += chunk.length;
      })(),
    );
    expect(got).toBe(70);
    expect((await runSettled(sandbox, '"usable"')).text).toBe('usable');
  });

  it('cuts a cell after an event', async () => {
    const sandbox = await create();
    server.faults.add({ match: { path: '/execute' }, effect: { kind: 'cut-after-event', event: 'stdout' } });
    const lines: string[] = [];
    const cell = sandbox.runCode('print("seen"); import time; time.sleep(1000)', {
      onStdout: ({ line }) => void lines.push(line),
    });
    expect((await rejection(cell)).message).not.toBe('');
    expect(lines.join('')).toBe('seen\n');
  });

  it('cuts a command after its first output, and the command goes on', async () => {
    const sandbox = await create();
    const match = { path: '/process.Process/Start' };
    server.faults.add({ match, effect: { kind: 'cut-after-event', event: 'data', count: 1 } });
    const handle = await sandbox.commands.run('echo one; exec sleep 1000', { background: true });
    expect(await rejection(handle.wait())).toBeInstanceOf(SandboxError);
    expect(handle.stdout).toBe('one\n');
    expect((await sandbox.commands.list()).map(({ pid }) => pid)).toContain(handle.pid);
  });

  it('ends a cell without its marker: the SDK takes that for success', async () => {
    const sandbox = await create();
    server.faults.add({ match: { path: '/execute' }, effect: { kind: 'omit-end' }, times: 2 });
    expect(await (await raw(sandbox, 'print(1)')).text()).not.toContain('end_of_execution');
    expect((await sandbox.runCode('2')).error).toBeUndefined();
    expect(await (await raw(sandbox, 'print(1)')).text()).toMatch(/\{"type": "end_of_execution"\}\n$/);
  });

  it('sends keepalives in silence, unless told not to', async () => {
    const sandbox = await create();
    const code = 'import os, time\nwhile not os.path.exists("go"): time.sleep(0.01)';
    const answer = await raw(sandbox, code);
    let text = '';
    for await (const chunk of answer.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.split('"keepalive"').length > 3) await sandbox.files.write('go', '');
    }
    expect(text).toMatch(/"end_of_execution"/);
    await sandbox.files.remove('go');
    server.faults.add({ match: { path: '/execute' }, effect: { kind: 'no-keepalives' } });
    const silent = raw(sandbox, code).then((reply) => reply.text());
    // Meanwhile another stream, with keepalives, shows that the time for several has passed.
    const watched = await raw(sandbox, 'pass');
    await eventually('the queue', () => server.requests.find('POST', '/execute').at(-1)?.status === 200);
    const beside = await sandbox.createCodeContext();
    await sandbox.runCode('import time; time.sleep(0.2)', { context: beside });
    await sandbox.files.write('go', '');
    expect(await silent).not.toContain('keepalive');
    await watched.text();
  });

  it('cuts a download', async () => {
    const sandbox = await create();
    await sandbox.files.write('big.bin', 'x'.repeat(1_000_000));
    server.faults.add({
      match: { method: 'GET', path: '/files' },
      effect: { kind: 'cut-after-bytes', bytes: 1_000 },
    });
    await rejection(sandbox.files.read('big.bin'));
    expect((await sandbox.files.read('big.bin')).length).toBe(1_000_000);
  });
});

describe('without isolation', () => {
  it('maps paths: commands, cells and files meet in one folder', async () => {
    const plain = await startE2bServer({ isolation: 'none' });
    const sandbox = await Sandbox.create(sdkOptions(plain));
    expect(plain.isolated).toBe(false);
    await sandbox.files.write('/home/user/a.txt', 'alpha');
    expect((await sandbox.commands.run('cat a.txt; echo -n b > b.txt; cat $HOME/b.txt')).stdout).toBe(
      'alphab',
    );
    expect((await sandbox.runCode('open("b.txt").read()')).text).toBe('b');
    const folder = (await sandbox.commands.run('pwd')).stdout.trim();
    expect(await sandbox.files.read(`${folder}/b.txt`)).toBe('b');
    let screen = '';
    const shell = await sandbox.pty.create({
      cols: 80,
      rows: 24,
      onData: (data) => {
        screen += new TextDecoder().decode(data);
      },
    });
    await sandbox.pty.sendInput(shell.pid, new TextEncoder().encode('cat a.t""xt; exit\n'));
    await shell.wait();
    expect(screen).toContain('alpha');
    await plain.close();
  });
});
