/** The E2B driver: every failure as an error of the closed set, in words, without a key; and the way through a proxy. */
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as sdk from '@e2b/code-interpreter';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { mapError } from '../../src-main/drivers/e2b/map-errors.ts';
import { redact } from '../../src-main/drivers/e2b/redact.ts';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { Fault, FaultEffect } from '../support/e2b-server/faults.ts';
import { eventually } from '../support/e2b-server/testing.ts';
import { type Kit, never, problemOf, startKit } from './e2b-driver-support.ts';

const KEY = 'e2b_canary0123456789abcdef';
let kit: Kit;
beforeAll(async () => {
  kit = await startKit(
    { accounts: [{ name: 'canary', keys: [KEY], maxSandboxes: 2, maxLifetimeS: 3600 }] },
    { call: 2000, straySearch: 2000, strayInterval: 50, flapping: 300 },
  );
});
afterEach(() => {
  kit.server.faults.clear();
  for (const { id } of kit.server.sandboxes()) kit.server.kill(id);
});
afterAll(() => kit.stop());

const CREATE = { plane: 'control', method: 'POST', path: '/v2/sandboxes' } as const;
const always = (effect: FaultEffect, match: Fault['match'] = CREATE): Fault => ({
  match,
  effect,
  times: Number.POSITIVE_INFINITY,
});
const reply = (status: number, message: string, more: object = {}): Fault =>
  always({ kind: 'reply', status, message: `${message} ${KEY}`, ...more });

describe('create', () => {
  test.each<[string, Fault, string, RegExp]>([
    ['401', reply(401, 'bad key'), 'auth', /refused the API key/],
    ['403', reply(403, 'feature is off'), 'forbidden', /may not do this/],
    ['404', reply(404, 'template not found'), 'invalid', /does not know this template/],
    ['400 lifetime', reply(400, 'Timeout cannot be greater than 24 hours'), 'invalid', /at most 24 hours/],
    ['400 otherwise', reply(400, 'bad metadata'), 'invalid', /does not accept these settings/],
    ['409', reply(409, 'changing state'), 'conflict', /changing its state/],
    ['429 with a wait', reply(429, 'slow down', { retryAfterS: 3600 }), 'rate-limited', /too many requests/],
    ['429 without', reply(429, 'slow down'), 'rate-limited', /too many requests/],
    ['429 for the plan', always({ kind: 'quota', limit: 20 }), 'quota', /20 sandboxes at once/],
    ['500', reply(500, 'internal'), 'unavailable', /problem of its own/],
    ['503', reply(503, 'busy', { errorCode: 'sandbox_capacity_unavailable' }), 'unavailable', /busy/],
    ['504', reply(504, 'placement'), 'unavailable', /no place/],
    ['a dropped connection', always({ kind: 'drop' }), 'unreachable', /connection to E2B broke/],
  ])('%s', async (_name, fault, code, message) => {
    kit.server.faults.add(fault);
    const error = await problemOf(kit.connect());
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(JSON.stringify(error.problem)).not.toContain(KEY);
    expect(kit.server.sandboxes()).toEqual([]);
  });

  test('no answer is a timeout of the profile’s own length', async () => {
    kit.server.faults.add(always({ kind: 'no-answer' }));
    expect((await problemOf(kit.connect({ requestTimeoutSeconds: 1 }))).code).toBe('timeout');
  });

  test('also when garbage is collected meanwhile: the SDK’s own timeout is then lost', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const timer = setInterval(collect, 50);
    try {
      kit.server.faults.add(always({ kind: 'no-answer' }));
      expect((await problemOf(kit.connect({ requestTimeoutSeconds: 1 }))).code).toBe('timeout');
      kit.server.faults.add(always({ kind: 'no-answer' }, { plane: 'control', method: 'GET' }));
      const account = kit.account({ requestTimeoutSeconds: 1 });
      expect(await kit.driver.probe(account, never)).toMatchObject({ ok: false });
    } finally {
      clearInterval(timer);
    }
  });

  test('how long to wait is told; a short wait is waited by itself', async () => {
    kit.server.faults.add(reply(429, 'slow down', { retryAfterS: 3600 }));
    expect((await problemOf(kit.connect())).problem).toMatchObject({
      retryAfterMs: 3_600_000,
      retryable: true,
    });
    kit.server.faults.clear();
    kit.server.faults.add({ match: CREATE, effect: { kind: 'reply', status: 429, retryAfterS: 1 } });
    expect((await kit.connect()).sandboxId).toMatch(/^i/);
  });

  test('the plan’s limit, really reached', async () => {
    await kit.connect();
    await kit.connect();
    const error = await problemOf(kit.connect());
    expect(error.problem).toMatchObject({ code: 'quota', retryable: false });
    expect(error.message).toContain('2 sandboxes');
  });

  test('a template that is not there is said at its field', async () => {
    const error = await problemOf(kit.connect({ template: 'nobody-made-this' }));
    expect(error.problem).toMatchObject({ code: 'invalid', fields: { template: expect.any(String) } });
  });

  test('a wrong key', async () => {
    const request = kit.request({ credentials: { apiKey: 'e2b_wrong9876543210' } });
    const error = await problemOf(kit.driver.connect(request, never));
    expect(error.code).toBe('auth');
    expect(JSON.stringify(error.problem)).not.toContain('e2b_wrong9876543210');
  });

  test('refused and not found are told apart', async () => {
    const free = await freePort();
    const refused = await problemOf(kit.connect({ apiUrl: `http://127.0.0.1:${free}` }));
    expect(refused).toMatchObject({ code: 'unreachable', message: 'E2B refused the connection.' });
    const unknown = await problemOf(kit.connect({ apiUrl: 'https://api.e2b.invalid', sandboxUrl: '' }));
    expect(unknown).toMatchObject({ code: 'unreachable', message: 'The address of E2B could not be found.' });
  });

  test('a connection that breaks once is tried again, but a create never', async () => {
    kit.server.requests.clear();
    kit.server.faults.add({ match: { plane: 'control', method: 'GET' }, effect: { kind: 'drop' }, times: 2 });
    expect(await kit.driver.list?.(kit.account(), never)).toEqual([]);
    expect(kit.server.requests.find('GET', '/v2/sandboxes')).toHaveLength(3);
    kit.server.faults.add(always({ kind: 'drop' }));
    expect((await problemOf(kit.connect())).code).toBe('unreachable');
    expect(kit.server.requests.find('POST', '/v2/sandboxes')).toHaveLength(1);
  });

  test('an API that is too old is said by the probe', async () => {
    kit.server.faults.add(always({ kind: 'reply', status: 404, message: 'no route' }, { plane: 'control' }));
    expect(await kit.driver.probe(kit.account(), never)).toMatchObject({
      ok: false,
      message: expect.stringMatching(/does not speak the current E2B API/),
    });
  });
});

describe('the SDK’s classes', () => {
  const withStatus = (error: Error, statusCode: number) => Object.assign(error, { statusCode });
  test.each<[Error, Parameters<typeof mapError>[1]['about'], string]>([
    [new sdk.AuthenticationError('Unauthorized'), 'account', 'auth'],
    [new sdk.AuthenticationError('API key is required, please visit'), 'account', 'credential-missing'],
    [new sdk.ServiceBusyError('busy'), 'create', 'unavailable'],
    [new sdk.RateLimitError('Rate limit exceeded'), 'create', 'rate-limited'],
    [
      new sdk.RateLimitError('you have reached the maximum number of concurrent E2B sandboxes (100)'),
      'create',
      'quota',
    ],
    [new sdk.SandboxNotFoundError('gone'), 'sandbox', 'gone'],
    [new sdk.FileNotFoundError('x'), 'file', 'not-found'],
    [new sdk.NotFoundError('x'), 'file', 'not-found'],
    [new sdk.NotEnoughSpaceError('x'), 'file', 'no-space'],
    [new sdk.InvalidArgumentError('Timeout must be positive'), 'create', 'invalid'],
    [new sdk.InvalidArgumentError('path is a directory'), 'file', 'invalid'],
    [new sdk.TemplateError('x'), 'create', 'unavailable'],
    [new sdk.BuildError('x'), 'create', 'unavailable'],
    [new sdk.TimeoutError('The operation timed out'), 'sandbox', 'timeout'],
    [new sdk.TimeoutError('[canceled] user'), 'sandbox', 'cancelled'],
    [new sdk.TimeoutError('[unavailable] 502'), 'sandbox', 'unavailable'],
    [new sdk.TimeoutError('sandbox was killed or reached its end of life'), 'sandbox', 'gone'],
    [withStatus(new sdk.SandboxError('403: no'), 403), 'sandbox', 'forbidden'],
    [withStatus(new sdk.SandboxError('404: no'), 404), 'create', 'invalid'],
    [withStatus(new sdk.SandboxError('404: no'), 404), 'sandbox', 'gone'],
    [new sdk.SandboxError('409: conflict'), 'sandbox', 'conflict'],
    [new sdk.SandboxError('418: teapot'), 'sandbox', 'protocol'],
    [new sdk.SandboxError('2: [unknown] fetch failed'), 'sandbox', 'unreachable'],
    [new sdk.SandboxError('6: [already_exists] there'), 'file', 'conflict'],
    [new sdk.SandboxError('7: [permission_denied] no'), 'file', 'forbidden'],
    [new sdk.SandboxError('8: [resource_exhausted] no'), 'file', 'rate-limited'],
    [new sdk.SandboxError('9: [failed_precondition] no'), 'file', 'conflict'],
    [new sdk.SandboxError('12: [unimplemented] no'), 'file', 'unsupported'],
    [new sdk.SandboxError('13: [internal] no'), 'file', 'unavailable'],
    [new sdk.SandboxError('4: [deadline_exceeded] no'), 'file', 'timeout'],
    [new TypeError('fetch failed', { cause: { code: 'ENOTFOUND' } }), 'create', 'unreachable'],
    [new TypeError('fetch failed', { cause: { code: 'UND_ERR_CONNECT_TIMEOUT' } }), 'create', 'unreachable'],
    [new TypeError('fetch failed', { cause: { code: 'UND_ERR_HEADERS_TIMEOUT' } }), 'create', 'timeout'],
    [
      new TypeError('fetch failed', { cause: { code: 'SELF_SIGNED_CERT_IN_CHAIN' } }),
      'create',
      'unreachable',
    ],
    [
      new TypeError('fetch failed', { cause: { errors: [{ code: 'ECONNREFUSED' }] } }),
      'create',
      'unreachable',
    ],
    [new TypeError('terminated'), 'file', 'unreachable'],
    [new SyntaxError('Unexpected token'), 'account', 'protocol'],
    [new DOMException('late', 'TimeoutError'), 'account', 'timeout'],
    [new Error('a bug'), 'account', 'internal'],
  ])('%s about %s is %s', (error, about, code) => {
    const mapped = mapError(error, { about });
    expect(mapped).toBeInstanceOf(SpecboardError);
    expect(mapped.code).toBe(code);
    expect(mapped.message).not.toContain('[');
  });

  test('our own signal says more than the error', () => {
    const error = new sdk.TimeoutError('[canceled] This operation was aborted');
    const cancelled = mapError(error, { about: 'file', signal: AbortSignal.abort() });
    expect(cancelled.code).toBe('cancelled');
    const late = AbortSignal.abort(new DOMException('late', 'TimeoutError'));
    expect(mapError(error, { about: 'file', signal: late }).code).toBe('timeout');
    const reason = new SpecboardError('timeout', 'Connecting took longer than 60 s.');
    expect(mapError(error, { about: 'file', signal: AbortSignal.abort(reason) })).toBe(reason);
  });
});

describe('no key anywhere', () => {
  test('not in the text of an error, however it is spelled', () => {
    const text = `x ${KEY} y ${encodeURIComponent('s&cret+key')} z Bearer abc.def e2b_other12345`;
    const clean = redact(text, [KEY, 's&cret+key']);
    expect(clean).not.toMatch(/canary|cret|abc\.def|other12345/);
    expect(clean.startsWith('x *** y ***')).toBe(true);
  });

  test('not in metadata, logs, or what the sandbox sees', async () => {
    const metadata: unknown[] = [];
    const request = kit.request({ onMetadata: (value) => metadata.push(value) });
    const session = await kit.driver.connect(request, never);
    const seen = await kit.run(session, 'env; cat /proc/*/cmdline 2>/dev/null', { language: 'shell' });
    const python = await kit.run(session, 'import os; str(os.environ)');
    const told = JSON.stringify([metadata, session.metadata, kit.logged, kit.server.sandboxes()]);
    for (const text of [told, seen.stdout, String(python.value)]) expect(text).not.toContain(KEY);
    await kit.driver.disconnect(session, { keep: 'end' }, never);
  });
});

describe('a proxy', () => {
  test('carries everything: control plane, cells, commands, files', async () => {
    const proxy = await startProxy();
    const session = await kit.connect({ proxy: proxy.url });
    try {
      expect((await kit.run(session, '6 * 7')).value).toBe('42');
      expect((await kit.run(session, 'echo hi', { language: 'shell' })).stdout).toBe('hi\n');
      await kit.driver.files?.list(session, '.', never);
      const controller = new AbortController();
      const { result } = await kit.run(session, 'print(1, flush=True)\nwhile True: pass', {
        signal: controller.signal,
        onEvent: () => controller.abort(),
      });
      expect(result).toMatchObject({ state: 'cancelled' });
      expect(result).not.toHaveProperty('kernelLost');
      expect(proxy.seen.some((entry) => entry.includes('/execute') || entry.startsWith('CONNECT'))).toBe(
        true,
      );
      proxy.refuse();
      // The first one may still meet a tunnel that has just ended.
      await eventually('the refusal is told', async () => {
        const { message } = await kit.driver.probe(kit.account({ proxy: proxy.url }), never);
        return message === 'The proxy did not let the connection through.';
      });
      // Nothing finds a way around it.
      const before = kit.server.requests.entries.length;
      await kit.run(session, '1').catch(() => {});
      await kit.driver.files?.list(session, '.', never).catch(() => {});
      await kit.driver.metrics?.(session, never).catch(() => {});
      expect(kit.server.requests.entries).toHaveLength(before);
    } finally {
      proxy.allow();
      await kit.driver.disconnect(session, { keep: 'end' }, never);
      await proxy.close();
    }
  });
});

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** An HTTP proxy: CONNECT for tunnels, absolute addresses for plain requests. */
async function startProxy() {
  const seen: string[] = [];
  const sockets = new Set<net.Socket>();
  let isRefusing = false;
  const server = http.createServer((req, res) => {
    seen.push(`${req.method} ${req.url}`);
    if (isRefusing) {
      res.writeHead(403).end('no');
      return;
    }
    const upstream = http.request(
      req.url ?? '',
      { method: req.method ?? 'GET', headers: req.headers },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
      },
    );
    upstream.on('error', () => res.destroy());
    res.on('close', () => upstream.destroy());
    req.pipe(upstream);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('connect', (req, socket: net.Socket, head: Buffer) => {
    seen.push(`CONNECT ${req.url}`);
    if (isRefusing) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const [host, port] = (req.url ?? '').split(':');
    const upstream = net.connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
    socket.on('close', () => upstream.destroy());
    upstream.on('close', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    /** From now on nothing passes; open tunnels end. */
    refuse: () => {
      isRefusing = true;
      for (const socket of sockets) socket.destroy();
    },
    allow: () => {
      isRefusing = false;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
