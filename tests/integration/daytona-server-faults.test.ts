// The faults that the Daytona test server can be told to show, as the real SDK experiences them.
import { Daytona } from '@daytona/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FaultEffect } from '../support/daytona-server/faults.ts';
import { type DaytonaServer, startDaytonaServer } from '../support/daytona-server/server.ts';
import {
  connectSdk,
  eventually,
  rejection,
  sdkOptions,
  type TestClient,
} from '../support/daytona-server/testing.ts';

let server: DaytonaServer;
let client: TestClient;

beforeEach(async () => {
  server = await startDaytonaServer();
  client = connectSdk(server);
});

afterEach(async () => {
  await client.close();
  await server.close();
});

const CREATE = { plane: 'control', method: 'POST', path: '/sandbox' } as const;
const FOREVER = Number.POSITIVE_INFINITY;

describe('replies of the control plane', () => {
  it('have the classes that the SDK gives them', async () => {
    for (const [status, name] of [
      [400, 'DaytonaValidationError'],
      [401, 'DaytonaAuthenticationError'],
      [403, 'DaytonaAuthorizationError'],
      [404, 'DaytonaNotFoundError'],
      [409, 'DaytonaConflictError'],
      [500, 'DaytonaInternalServerError'],
      [502, 'DaytonaBadGatewayError'],
      [503, 'DaytonaServiceUnavailableError'],
    ] as const) {
      server.faults.add({ match: CREATE, effect: { kind: 'reply', status, message: 'on purpose' } });
      const error = await rejection(client.create());
      expect([status, error.name, error.message]).toEqual([status, name, 'on purpose']);
    }
    expect(server.faults.pending).toBe(0);
    expect(server.sandboxes()).toEqual([]);
    await client.create();
  });

  it('429 says by its own header when to come again', async () => {
    server.faults.add({ match: CREATE, effect: { kind: 'rate-limit', retryAfterS: 7 } });
    const error = await rejection(client.create());
    expect(error).toMatchObject({ name: 'DaytonaRateLimitError', statusCode: 429 });
    expect((error as Error & { headers: Record<string, string> }).headers).toMatchObject({
      'retry-after-sandbox-create': '7',
      'x-ratelimit-remaining-sandbox-create': '0',
    });
  });

  it('quotas have no code, only a text, with 403 or 400', async () => {
    for (const [status, name] of [
      [403, 'DaytonaAuthorizationError'],
      [400, 'DaytonaValidationError'],
    ] as const) {
      const effect: FaultEffect = { kind: 'quota', resource: 'memory', limit: 10, status };
      server.faults.add({ match: CREATE, effect });
      const error = await rejection(client.create());
      expect(error.name).toBe(name);
      expect(error.message).toContain('Total memory limit exceeded. Maximum allowed: 10.');
    }
  });

  it('can repeat the key', async () => {
    const effect: FaultEffect = { kind: 'reply', status: 401, message: 'Bad key', echoKey: true };
    server.faults.add({ match: CREATE, effect });
    expect((await rejection(client.create())).message).toBe(`Bad key: Bearer ${server.apiKey}`);
  });

  it('can be lost: the work is done, the client learns nothing', async () => {
    for (const effect of [{ kind: 'drop-answer' }, { kind: 'drop' }] as const) {
      server.faults.add({ match: CREATE, effect });
      expect((await rejection(client.create({ labels: { nonce: effect.kind } }))).name).toBe(
        'DaytonaConnectionError',
      );
    }
    const strays = await Array.fromAsync(client.daytona.list());
    expect(strays.map(({ labels }) => labels.nonce)).toEqual(['drop-answer']);
  });

  it("can be late: the SDK's own clock ends the wait, the work goes on", async () => {
    server.faults.add({ match: CREATE, effect: { kind: 'no-answer' } });
    const impatient = new Daytona({ ...sdkOptions(server), requestTimeoutMs: 300 });
    try {
      const error = await rejection(impatient.create({}, { timeout: 0.3 }));
      expect(error.name).toBe('DaytonaTimeoutError');
      await eventually('the stray', () => server.sandboxes().length === 1);
    } finally {
      await impatient[Symbol.asyncDispose]();
    }
  });
});

describe('starting', () => {
  it('can be slow, over states on the way', async () => {
    const seen: string[] = [];
    server.faults.add({
      match: CREATE,
      effect: {
        kind: 'start',
        fate: { into: 'started', afterMs: 300, via: ['pulling_snapshot', 'starting'] },
      },
    });
    const created = client.create();
    const watching = eventually('the start', () => {
      const state = server.sandboxes()[0]?.state;
      if (state && seen.at(-1) !== state) seen.push(state);
      return state === 'started';
    });
    expect((await created).state).toBe('started');
    await watching;
    expect(seen).toEqual(['creating', 'pulling_snapshot', 'starting', 'started']);
  });

  it('can go on for ever', async () => {
    server.faults.add({ match: CREATE, effect: { kind: 'start', fate: { into: 'never' } } });
    const error = await rejection(client.daytona.create({}, { timeout: 0.5 }));
    expect(error.message).toContain('Failed to create and start sandbox within 0.5 seconds');
    expect(server.sandboxes()[0]?.state).toBe('creating');
    await (await client.daytona.get(server.sandboxes()[0]?.id ?? '')).delete(10, true);
    expect(server.sandboxes()).toEqual([]);
  });

  it('can fail with a reason, and be recovered where that is possible', async () => {
    server.faults.add({
      match: CREATE,
      effect: { kind: 'start', fate: { into: 'build_failed', errorReason: 'no such base image' } },
    });
    const failed = await rejection(client.create({ image: 'nothing:1' }));
    expect(failed.message).toContain('build_failed');
    // The SDK learns the state by an event and does not ask for the reason: that takes another look.
    expect(failed.message).not.toContain('no such base image');
    const [view] = server.sandboxes();
    expect((await client.daytona.get(view?.id ?? '')).errorReason).toBe('no such base image');
    server.faults.add({
      match: CREATE,
      effect: { kind: 'start', fate: { into: 'error', errorReason: 'disk full', recoverable: true } },
    });
    expect((await rejection(client.create({ name: 'broken' }))).message).toContain('error');
    const broken = await client.daytona.get('broken');
    expect(broken).toMatchObject({ state: 'error', errorReason: 'disk full', recoverable: true });
    await broken.recover();
    expect(broken.state).toBe('started');
  });

  it('can be refused again and again while the sandbox changes', async () => {
    const sandbox = await client.create();
    await sandbox.stop();
    const match = { plane: 'control', method: 'POST', path: `/sandbox/${sandbox.id}/start` } as const;
    const message = 'Sandbox state change in progress';
    server.faults.add({ match, effect: { kind: 'reply', status: 409, message }, times: 2 });
    for (let at = 0; at < 2; at += 1)
      expect((await rejection(sandbox.start())).name).toBe('DaytonaConflictError');
    await sandbox.start();
  });
});

describe('the toolbox', () => {
  it('can lose its runner: 502 without a word', async () => {
    const sandbox = await client.create();
    const forget = server.faults.add({
      match: { plane: 'toolbox', sandboxId: sandbox.id },
      effect: { kind: 'reply', status: 502, empty: true },
      times: FOREVER,
    });
    const error = await rejection(sandbox.process.executeCommand('true'));
    expect(error.name).toBe('DaytonaBadGatewayError');
    const pty = await rejection(sandbox.process.createPty({ id: 'p', onData: () => undefined }));
    // All that the SDK has to say about a WebSocket that was refused.
    expect([pty.name, pty.message]).toEqual(['DaytonaConnectionError', '[object Object]']);
    expect((await client.daytona.get(sandbox.id)).state).toBe('started');
    forget();
    expect((await sandbox.process.executeCommand('true')).exitCode).toBe(0);
  });

  it('can be out of reach, at once or from the start', async () => {
    const sandbox = await client.create();
    server.faults.add({ match: { plane: 'toolbox' }, effect: { kind: 'drop' } });
    const dropped = await rejection(sandbox.process.executeCommand('true'));
    expect(dropped.name).toBe('DaytonaConnectionError');
    server.faults.add({ match: CREATE, effect: { kind: 'toolbox-elsewhere' } });
    const lost = await client.create();
    expect((await rejection(lost.process.executeCommand('true'))).message).toContain('ECONNREFUSED');
  });

  it("answers with the daemon's codes when told to", async () => {
    const sandbox = await client.create();
    server.faults.add({
      match: { plane: 'toolbox', path: '/files/info' },
      effect: { kind: 'reply', status: 403, code: 'FILE_ACCESS_DENIED', message: 'no' },
    });
    expect((await rejection(sandbox.fs.getFileDetails('x'))).name).toBe('DaytonaFileAccessDeniedError');
  });

  it('can cut a stream in the middle: logs seem complete, cells fail', async () => {
    const sandbox = await client.create();
    await sandbox.process.createSession('s');
    const { cmdId } = await sandbox.process.executeSessionCommand('s', {
      command: 'echo one; read go; echo two; read go; echo three',
      runAsync: true,
      suppressInputEcho: true,
    });
    server.faults.add({
      match: { plane: 'toolbox', path: /\/logs$/ },
      effect: { kind: 'cut-socket', event: 'stdout', count: 2 },
    });
    let seen = '';
    const followed = sandbox.process.getSessionCommandLogs(
      's',
      cmdId,
      (text) => {
        seen += text;
      },
      () => undefined,
    );
    await eventually('the first line', () => seen === 'one\n');
    await sandbox.process.sendSessionCommandInput('s', cmdId, 'go');
    await followed;
    // The SDK takes a broken line for the end; only the command itself tells the truth.
    expect(seen).toBe('one\ntwo\n');
    expect((await sandbox.process.getSessionCommand('s', cmdId)).exitCode).toBeUndefined();
    server.faults.add({
      match: { plane: 'toolbox', path: '/process/interpreter/execute' },
      effect: { kind: 'cut-socket', event: 'stdout' },
    });
    const cell = await rejection(sandbox.codeInterpreter.runCode('print(1)\nprint(2)'));
    expect(cell.message).toContain('1006');
  });

  it('can cut a download, close a terminal with a code, or never answer on one', async () => {
    const sandbox = await client.create();
    await sandbox.process.executeCommand('head -c 1000000 /dev/zero > zeros');
    server.faults.add({
      match: { plane: 'toolbox', path: '/files/bulk-download' },
      effect: { kind: 'cut-after-bytes', bytes: 100_000 },
    });
    const stream = await sandbox.fs.downloadFileStream('zeros');
    const read = async () => {
      let bytes = 0;
      for await (const chunk of stream) bytes += (chunk as Buffer).length;
      return bytes;
    };
    const outcome = await read().catch((error: Error) => error);
    expect(outcome instanceof Error || outcome < 1_000_000).toBe(true);
    const match = { plane: 'toolbox', path: '/process/pty/create-connect' } as const;
    server.faults.add({ match, effect: { kind: 'close-socket', code: 1011, reason: 'gone' } });
    const closed = await rejection(sandbox.process.createPty({ id: 'a', onData: () => undefined }));
    expect(closed.name).toBe('DaytonaConnectionError');
    server.faults.add({ match, effect: { kind: 'mute-socket' } });
    const mute = await rejection(sandbox.process.createPty({ id: 'b', onData: () => undefined }));
    expect(mute.message).toBe('PTY connection timeout');
  });
});
